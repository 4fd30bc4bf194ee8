#include "model.h"

#include "arguments.h"
#include "cpu-turn.h"
#include "describe-model.h"
#include "grammar-matcher.h"
#include "placement.h"
#include "pooling.h"
#include "render-chat.h"
#include "token-text.h"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <map>
#include <mutex>

namespace weir {

namespace {

// Models by id, so that another thread can attach to one. Holds no share: a model lives as long as its handles.
std::mutex registry_mutex;
std::map<int32_t, std::weak_ptr<Model>> registry;
std::atomic<int32_t> alive_models{0};
std::atomic<int32_t> next_id{1};

std::vector<llama_token> end_tokens(const llama_vocab * vocab) {
    std::vector<llama_token> tokens;
    for (llama_token token = 0; token < llama_vocab_n_tokens(vocab); token++) {
        if (llama_vocab_is_eog(vocab, token)) {
            tokens.push_back(token);
        }
    }
    return tokens;
}

// An upper bound: byte-level vocabularies store their texts in an alphabet of one or two bytes a byte.
size_t longest_token_bytes(const llama_vocab * vocab) {
    size_t longest = 1;
    for (llama_token token = 0; token < llama_vocab_n_tokens(vocab); token++) {
        longest = std::max(longest, std::strlen(llama_vocab_get_text(vocab, token)));
    }
    return longest;
}

}  // namespace

Model::Model(llama_model_ptr model, std::string path, int32_t gpu_layers)
    : model_(std::move(model)),
      path_(std::move(path)),
      is_on_cpu_(computes_on_cpu(model_.get(), gpu_layers)),
      id_(next_id++),
      grammars_(vocab()),
      ends_(end_tokens(vocab())) {
    alive_models++;
}

Model::~Model() {
    {
        std::lock_guard<std::mutex> lock(registry_mutex);
        registry.erase(id_);
    }
    model_.reset();
    alive_models--;
}

int32_t Model::alive() {
    return alive_models;
}

namespace {

// Tells our objects from others with the same prototype; an arbitrary number.
constexpr napi_type_tag model_tag = {0x5765697220313839ULL, 0x4d6f64656c000001ULL};

// What create() hands to the constructor that it calls; JavaScript's own `new Model()` finds nothing.
thread_local std::shared_ptr<Model> in_creation;

// Each environment (thread) has its own class object.
struct EnvData {
    Napi::FunctionReference model_constructor;
};

Napi::FunctionReference & constructor_of(Napi::Env env) {
    return env.GetInstanceData<EnvData>()->model_constructor;
}

}  // namespace

void ModelHandle::define(Napi::Env env, Napi::Object exports) {
    const Napi::Function constructor = DefineClass(env, "Model", {
        InstanceMethod<&ModelHandle::info>("info"),
        InstanceMethod<&ModelHandle::describe>("describe"),
        InstanceMethod<&ModelHandle::tokenize>("tokenize"),
        InstanceMethod<&ModelHandle::pieces>("pieces"),
        InstanceMethod<&ModelHandle::render_chat>("renderChat"),
        InstanceMethod<&ModelHandle::compile_grammar>("compileGrammar"),
        InstanceMethod<&ModelHandle::allowed_tokens>("allowedTokens"),
        InstanceMethod<&ModelHandle::rerank_format>("rerankFormat"),
        InstanceMethod<&ModelHandle::close>("close"),
    });
    auto data = std::make_unique<EnvData>();
    data->model_constructor = Napi::Persistent(constructor);
    env.SetInstanceData(data.release());
    exports.Set("Model", constructor);
}

ModelHandle::ModelHandle(const Napi::CallbackInfo & info) : Napi::ObjectWrap<ModelHandle>(info) {
    if (in_creation == nullptr) {
        fail_argument(info.Env(), "a Model is made by loadModel() or attachModel(), not by new");
    }
    model_ = std::move(in_creation);
    info.This().As<Napi::Object>().TypeTag(&model_tag);
}

Napi::Object ModelHandle::create(Napi::Env env, std::shared_ptr<Model> model) {
    {
        std::lock_guard<std::mutex> lock(registry_mutex);
        registry[model->id()] = model;
    }
    in_creation = std::move(model);
    return constructor_of(env).New({});
}

Napi::Value ModelHandle::attach(const Napi::CallbackInfo & info) {
    const int32_t id = integer_argument(info, 0, "id", 1, INT32_MAX);
    std::shared_ptr<Model> model;
    {
        std::lock_guard<std::mutex> lock(registry_mutex);
        const auto found = registry.find(id);
        model = found == registry.end() ? nullptr : found->second.lock();
    }
    if (model == nullptr) {
        fail(info.Env(), "handle_closed", "there is no loaded model with the id " + std::to_string(id));
    }
    return create(info.Env(), std::move(model));
}

std::shared_ptr<Model> ModelHandle::unwrap(const Napi::CallbackInfo & info, size_t index) {
    const Napi::Object object = object_argument(info, index, "model");
    if (!object.CheckTypeTag(&model_tag)) {
        fail_argument(info.Env(), "model must be a Model handle of this thread");
    }
    return Napi::ObjectWrap<ModelHandle>::Unwrap(object)->model(info.Env());
}

const std::shared_ptr<Model> & ModelHandle::model(Napi::Env env) const {
    if (model_ == nullptr) {
        fail(env, "handle_closed", "the model handle is closed");
    }
    return model_;
}

Napi::Value ModelHandle::info(const Napi::CallbackInfo & info) {
    const Napi::Env env = info.Env();
    const llama_model * llama = model(env)->get();
    const Napi::Object result = Napi::Object::New(env);
    result.Set("id", model_->id());
    result.Set("path", model_->path());
    result.Set("parameters", (double) llama_model_n_params(llama));
    result.Set("modelBytes", (double) llama_model_size(llama));
    result.Set("layers", llama_model_n_layer(llama));
    result.Set("trainedContextTokens", llama_model_n_ctx_train(llama));
    result.Set("defaultContextTokens", default_context((uint32_t) llama_model_n_ctx_train(llama)));
    result.Set("vocabularySize", model_->vocab_size());
    result.Set("longestTokenBytes", (double) longest_token_bytes(model_->vocab()));
    const Napi::Object infill = Napi::Object::New(env);
    infill.Set("prefix", llama_vocab_fim_pre(model_->vocab()));
    infill.Set("suffix", llama_vocab_fim_suf(model_->vocab()));
    infill.Set("middle", llama_vocab_fim_mid(model_->vocab()));
    result.Set("infillTokens", infill);
    result.Set("pooling", pooling_name(pooling_of(llama)));
    return result;
}

// tokenize(text, addSpecial, parseSpecial): Int32Array of token ids
Napi::Value ModelHandle::tokenize(const Napi::CallbackInfo & info) {
    const Napi::Env env = info.Env();
    const llama_vocab * vocab = model(env)->vocab();
    const std::string text = string_argument(info, 0, "text");
    const bool add_special = info[1].ToBoolean();
    const bool parse_special = info[2].ToBoolean();
    if (text.size() > INT32_MAX) {
        fail_argument(env, "text is longer than 2 GiB");
    }
    // A byte-level vocabulary gives at most one token a byte, plus BOS and EOS; others say how many they need.
    std::vector<llama_token> tokens(text.size() + 2);
    const auto tokenize_into = [&]() {
        return llama_tokenize(vocab, text.data(), (int32_t) text.size(), tokens.data(), (int32_t) tokens.size(), add_special, parse_special);
    };
    int32_t count = tokenize_into();
    if (count < 0 && count != INT32_MIN) {
        tokens.resize((size_t) -count);
        count = tokenize_into();
    }
    if (count < 0) {
        fail(env, "internal_error", "llama.cpp could not tokenize a text of " + std::to_string(text.size()) + " bytes");
    }
    Napi::Int32Array result = Napi::Int32Array::New(env, (size_t) count);
    std::copy_n(tokens.begin(), count, result.Data());
    return result;
}

// pieces(): { bytes: Uint8Array, ends: Uint32Array, endsGeneration: Uint8Array, controlTokens: Int32Array, controlTexts: string[] }
// Token t's text is bytes[ends[t-1] … ends[t]); control tokens have none, but a name. endsGeneration[t] is 1 for end-of-generation.
Napi::Value ModelHandle::pieces(const Napi::CallbackInfo & info) {
    const Napi::Env env = info.Env();
    const llama_vocab * vocab = model(env)->vocab();
    const int32_t size = model_->vocab_size();
    std::string bytes;
    Napi::Uint32Array ends = Napi::Uint32Array::New(env, (size_t) size);
    Napi::Uint8Array ends_generation = Napi::Uint8Array::New(env, (size_t) size);
    std::vector<llama_token> control_tokens;
    for (llama_token token = 0; token < size; token++) {
        const std::string piece = visible_text(vocab, token);
        bytes += piece;
        ends[(size_t) token] = (uint32_t) bytes.size();
        ends_generation[(size_t) token] = llama_vocab_is_eog(vocab, token) ? 1 : 0;
        if (piece.empty()) {
            control_tokens.push_back(token);
        }
    }
    Napi::Int32Array control_ids = Napi::Int32Array::New(env, control_tokens.size());
    const Napi::Array control_texts = Napi::Array::New(env, control_tokens.size());
    for (size_t i = 0; i < control_tokens.size(); i++) {
        control_ids[i] = control_tokens[i];
        control_texts.Set((uint32_t) i, llama_vocab_get_text(vocab, control_tokens[i]));
    }
    Napi::Uint8Array text = Napi::Uint8Array::New(env, bytes.size());
    std::copy(bytes.begin(), bytes.end(), (char *) text.Data());
    const Napi::Object result = Napi::Object::New(env);
    result.Set("bytes", text);
    result.Set("ends", ends);
    result.Set("endsGeneration", ends_generation);
    result.Set("controlTokens", control_ids);
    result.Set("controlTexts", control_texts);
    return result;
}

const ChatTemplates & ModelHandle::templates(Napi::Env env) {
    const llama_model * llama = model(env)->get();
    if (!templates_) {
        try {
            templates_ = ChatTemplates(llama);
        } catch (const std::exception & error) {
            fail(env, "template_failed", std::string("the model's chat template can't be parsed: ") + error.what());
        }
    }
    return templates_;
}

Napi::Value ModelHandle::describe(const Napi::CallbackInfo & info) {
    const ChatTemplates & parsed = templates(info.Env());
    return describe_model(info.Env(), model_->get(), parsed);
}

Napi::Value ModelHandle::render_chat(const Napi::CallbackInfo & info) {
    const std::string request = string_argument(info, 0, "request");
    return weir::render_chat(info.Env(), templates(info.Env()), request);
}

// compileGrammar(gbnf, root): keeps the compiled grammar at hand for setSampler(); throws `invalid_grammar`
Napi::Value ModelHandle::compile_grammar(const Napi::CallbackInfo & info) {
    const Napi::Env env = info.Env();
    const std::string grammar = string_argument(info, 0, "grammar");
    const std::string root = string_argument(info, 1, "root");
    try {
        model(env)->grammars().compiled(grammar, root);
    } catch (const Napi::Error &) {
        throw;
    } catch (const std::exception & error) {
        fail(env, "invalid_grammar", error.what());
    }
    return env.Undefined();
}

// allowedTokens(gbnf, root, accepted): the tokens that may follow `accepted`, in order; throws `invalid_grammar`, also where one of
// `accepted` may not come
Napi::Value ModelHandle::allowed_tokens(const Napi::CallbackInfo & info) {
    const Napi::Env env = info.Env();
    const std::string gbnf = string_argument(info, 0, "grammar");
    const std::string root = string_argument(info, 1, "root");
    const Napi::Int32Array accepted = int32_array_argument(info, 2, "accepted");
    std::vector<uint8_t> is_allowed;
    try {
        GrammarCache & grammars = model(env)->grammars();
        GrammarMatcher matcher(grammars.compiled(gbnf, root), grammars.token_texts());
        for (size_t i = 0; i < accepted.ElementLength(); i++) {
            if (accepted[i] < 0 || accepted[i] >= model_->vocab_size()) {
                fail_argument(env, "accepted must hold tokens of the vocabulary");
            }
            matcher.accept(accepted[i]);
        }
        matcher.find_allowed(is_allowed);
    } catch (const Napi::Error &) {
        throw;
    } catch (const std::exception & error) {
        fail(env, "invalid_grammar", error.what());
    }
    const auto count = (size_t) std::count(is_allowed.begin(), is_allowed.end(), 1);
    Napi::Int32Array allowed = Napi::Int32Array::New(env, count);
    for (size_t token = 0, next = 0; token < is_allowed.size(); token++) {
        if (is_allowed[token] != 0) {
            allowed[next++] = (int32_t) token;
        }
    }
    return allowed;
}

// rerankFormat(): RerankFormat of src/llama/addon.ts
Napi::Value ModelHandle::rerank_format(const Napi::CallbackInfo & info) {
    const Napi::Env env = info.Env();
    const llama_model * llama = model(env)->get();
    const llama_vocab * vocab = model_->vocab();
    const char * rerank_template = llama_model_chat_template(llama, "rerank");
    const Napi::Object result = Napi::Object::New(env);
    result.Set("template", rerank_template == nullptr ? env.Null() : Napi::String::New(env, rerank_template));
    result.Set("bos", llama_vocab_bos(vocab));
    result.Set("eos", llama_vocab_eos(vocab));
    result.Set("separator", llama_vocab_sep(vocab));
    result.Set("addsBos", llama_vocab_get_add_bos(vocab));
    result.Set("addsEos", llama_vocab_get_add_eos(vocab));
    result.Set("addsSeparator", llama_vocab_get_add_sep(vocab));
    return result;
}

Napi::Value ModelHandle::close(const Napi::CallbackInfo & info) {
    templates_ = ChatTemplates();
    model_.reset();
    return info.Env().Undefined();
}

}  // namespace weir
