// Loaded models, shared by all threads of the process.
#pragma once

#include <napi.h>

#include "grammar-cache.h"
#include "templates.h"

#include "llama-cpp.h"

#include <memory>
#include <string>
#include <vector>

namespace weir {

// Weights and vocabulary: read-only after loading, so every thread may use them. Freed with the last owner.
class Model {
  public:
    // `gpu_layers`: as it was loaded.
    Model(llama_model_ptr model, std::string path, int32_t gpu_layers);
    ~Model();
    Model(const Model &) = delete;
    Model & operator=(const Model &) = delete;

    llama_model * get() const { return model_.get(); }
    const llama_vocab * vocab() const { return llama_model_get_vocab(model_.get()); }
    int32_t vocab_size() const { return llama_vocab_n_tokens(vocab()); }
    const std::string & path() const { return path_; }
    // Whether its contexts take turns with others.
    bool is_on_cpu() const { return is_on_cpu_; }
    int32_t id() const { return id_; }
    GrammarCache & grammars() { return grammars_; }
    // Tokens that end a generation, in order. To look for them takes 1.5 ms in a vocabulary of 151,936.
    const std::vector<llama_token> & ends() const { return ends_; }

    // How many models are alive in the process: for tests that count what was freed.
    static int32_t alive();

  private:
    llama_model_ptr model_;
    std::string path_;
    bool is_on_cpu_;
    int32_t id_;
    GrammarCache grammars_;
    std::vector<llama_token> ends_;
};

// One JavaScript handle to a model. `close()` gives up this handle's share; every other method then throws
// `handle_closed`.
class ModelHandle : public Napi::ObjectWrap<ModelHandle> {
  public:
    static void define(Napi::Env env, Napi::Object exports);
    static Napi::Object create(Napi::Env env, std::shared_ptr<Model> model);
    // attachModel(id): a second handle, for another thread, to a model that is loaded.
    static Napi::Value attach(const Napi::CallbackInfo & info);
    // Throws where `value` is no open model handle.
    static std::shared_ptr<Model> unwrap(const Napi::CallbackInfo & info, size_t index);

    explicit ModelHandle(const Napi::CallbackInfo & info);

  private:
    Napi::Value info(const Napi::CallbackInfo & info);
    Napi::Value describe(const Napi::CallbackInfo & info);
    Napi::Value tokenize(const Napi::CallbackInfo & info);
    Napi::Value pieces(const Napi::CallbackInfo & info);
    Napi::Value render_chat(const Napi::CallbackInfo & info);
    Napi::Value compile_grammar(const Napi::CallbackInfo & info);
    Napi::Value allowed_tokens(const Napi::CallbackInfo & info);
    Napi::Value rerank_format(const Napi::CallbackInfo & info);
    Napi::Value close(const Napi::CallbackInfo & info);

    const std::shared_ptr<Model> & model(Napi::Env env) const;
    // Parses them at the first call.
    const ChatTemplates & templates(Napi::Env env);

    std::shared_ptr<Model> model_;
    // Templates are parsed once a handle, so once a thread: common_chat_templates is not documented as thread-safe.
    ChatTemplates templates_;
};

}  // namespace weir
