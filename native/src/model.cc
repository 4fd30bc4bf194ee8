#include "model.h"

#include "arguments.h"
#include "placement.h"
#include "render-chat.h"

#include <atomic>
#include <map>
#include <mutex>

namespace weir {

namespace {

// Models by id, so that another thread can attach to one. Holds no share: a model lives as long as its handles.
std::mutex registry_mutex;
std::map<int32_t, std::weak_ptr<Model>> registry;
std::atomic<int32_t> alive_models{0};
std::atomic<int32_t> next_id{1};

std::string metadata(const llama_model * model, const char * key) {
    char text[1024];
    const int32_t length = llama_model_meta_val_str(model, key, text, sizeof text);
    return length > 0 ? std::string(text, std::min((size_t) length, sizeof text - 1)) : "";
}

}  // namespace

Model::Model(llama_model_ptr model, std::string path) : model_(std::move(model)), path_(std::move(path)), id_(next_id++) {
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

Napi::FunctionReference & constructor_of(Napi::Env env);

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
        InstanceMethod<&ModelHandle::tokenize>("tokenize"),
        InstanceMethod<&ModelHandle::pieces>("pieces"),
        InstanceMethod<&ModelHandle::render_chat>("renderChat"),
        InstanceMethod<&ModelHandle::close>("close"),
    });
    auto data = std::make_unique<EnvData>();
    data->model_constructor = Napi::Persistent(constructor);
    env.SetInstanceData(data.release());
    exports.Set("Model", constructor);
}

ModelHandle::ModelHandle(const Napi::CallbackInfo & info) : Napi::ObjectWrap<ModelHandle>(info) {
    if (info.Length() != 1 || !info[0].IsExternal()) {
        fail_argument(info.Env(), "a Model is made by loadModel() or attachModel(), not by new");
    }
    model_ = *info[0].As<Napi::External<std::shared_ptr<Model>>>().Data();
}

Napi::Object ModelHandle::create(Napi::Env env, std::shared_ptr<Model> model) {
    {
        std::lock_guard<std::mutex> lock(registry_mutex);
        registry[model->id()] = model;
    }
    return constructor_of(env).New({Napi::External<std::shared_ptr<Model>>::New(env, &model)});
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
    if (!object.InstanceOf(constructor_of(info.Env()).Value())) {
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
    result.Set("architecture", metadata(llama, "general.architecture"));
    result.Set("name", metadata(llama, "general.name"));
    result.Set("parameters", (double) llama_model_n_params(llama));
    result.Set("modelBytes", (double) llama_model_size(llama));
    result.Set("layers", llama_model_n_layer(llama));
    result.Set("trainedContextTokens", llama_model_n_ctx_train(llama));
    result.Set("defaultContextTokens", default_context((uint32_t) llama_model_n_ctx_train(llama)));
    result.Set("vocabularySize", model_->vocab_size());
    result.Set("hasChatTemplate", llama_model_chat_template(llama, nullptr) != nullptr);
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
    // One token a byte is the most that a byte-level vocabulary can give, plus BOS and EOS.
    std::vector<llama_token> tokens(text.size() + 2);
    const int32_t count =
        llama_tokenize(vocab, text.data(), (int32_t) text.size(), tokens.data(), (int32_t) tokens.size(), add_special, parse_special);
    if (count < 0) {
        fail(env, "internal_error", "llama.cpp could not tokenize a text of " + std::to_string(text.size()) + " bytes");
    }
    Napi::Int32Array result = Napi::Int32Array::New(env, (size_t) count);
    std::copy_n(tokens.begin(), count, result.Data());
    return result;
}

// pieces(): { bytes: Uint8Array, ends: Uint32Array, endsGeneration: Uint8Array }
// Token t's text is bytes[ends[t-1] … ends[t]); control tokens have none. endsGeneration[t] is 1 for end-of-generation.
Napi::Value ModelHandle::pieces(const Napi::CallbackInfo & info) {
    const Napi::Env env = info.Env();
    const llama_vocab * vocab = model(env)->vocab();
    const int32_t size = model_->vocab_size();
    std::vector<char> bytes;
    std::vector<char> piece(256);
    Napi::Uint32Array ends = Napi::Uint32Array::New(env, (size_t) size);
    Napi::Uint8Array ends_generation = Napi::Uint8Array::New(env, (size_t) size);
    for (llama_token token = 0; token < size; token++) {
        int32_t length = llama_token_to_piece(vocab, token, piece.data(), (int32_t) piece.size(), 0, false);
        if (length < 0) {
            piece.resize((size_t) -length);
            length = llama_token_to_piece(vocab, token, piece.data(), (int32_t) piece.size(), 0, false);
        }
        bytes.insert(bytes.end(), piece.begin(), piece.begin() + std::max(length, 0));
        ends[(size_t) token] = (uint32_t) bytes.size();
        ends_generation[(size_t) token] = llama_vocab_is_eog(vocab, token) ? 1 : 0;
    }
    Napi::Uint8Array text = Napi::Uint8Array::New(env, bytes.size());
    std::copy(bytes.begin(), bytes.end(), (char *) text.Data());
    const Napi::Object result = Napi::Object::New(env);
    result.Set("bytes", text);
    result.Set("ends", ends);
    result.Set("endsGeneration", ends_generation);
    return result;
}

Napi::Value ModelHandle::render_chat(const Napi::CallbackInfo & info) {
    const Napi::Env env = info.Env();
    const llama_model * llama = model(env)->get();
    const std::string request = string_argument(info, 0, "request");
    if (!templates_) {
        try {
            templates_ = ChatTemplates(llama);
        } catch (const std::exception & error) {
            fail(env, "template_failed", std::string("the model's chat template can't be parsed: ") + error.what());
        }
    }
    return weir::render_chat(env, templates_, request);
}

Napi::Value ModelHandle::close(const Napi::CallbackInfo & info) {
    templates_ = ChatTemplates();
    model_.reset();
    return info.Env().Undefined();
}

}  // namespace weir
