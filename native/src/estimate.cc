#include "estimate.h"

#include "arguments.h"
#include "llama-log.h"
#include "model.h"
#include "norm-tap.h"
#include "placement.h"
#include "pooling.h"

#include "llama-cpp.h"
#include "llama-ext.h"

#include <algorithm>
#include <vector>

namespace weir {

namespace {

struct Use {
    ggml_backend_dev_t device;  // null for the host
    size_t model = 0;
    size_t context = 0;
    size_t compute = 0;
};

// The file's facts without its weights, on the devices and in the kinds of buffers that it would be loaded to.
llama_model_ptr read_model(Napi::Env env, const std::string & path, const Placement & placement) {
    llama_model_params params = placement.params;
    params.no_alloc = true;
    params.load_mode = LLAMA_LOAD_MODE_NONE;
    // Weights that stay with the host are mapped from the file where they are loaded, and never in a device's host buffer.
    params.no_host = true;
    const ErrorCapture errors;
    const AbortGuard guard;
    llama_model_ptr model(llama_model_load_from_file(path.c_str(), params));
    if (model == nullptr) {
        fail(env, "model_load_failed", "llama.cpp could not read " + path + ": " + errors.text("no reason given"));
    }
    return model;
}

// The context that the model would get: of the kind that its file says it is for.
llama_context_params params_of(const llama_model * model, Napi::Object options) {
    const auto trained_context = (uint32_t) llama_model_n_ctx_train(model);
    if (pooling_of(model) == LLAMA_POOLING_TYPE_NONE) {
        return context_params(options, trained_context);
    }
    const bool in_parts = pools_last_token(model);
    llama_context_params params = embedding_params(options, trained_context, in_parts).context;
    if (in_parts && bool_field(options, "skipLogits")) {
        NormTap::output_last_tokens(params);
    }
    return params;
}

// llama.cpp's figures leave out the rows of outputs, which it allocates with the first call.
size_t output_bytes(const llama_model * model, const llama_context_params & params) {
    const auto logits = (size_t) llama_vocab_n_tokens(llama_model_get_vocab(model));
    const size_t vector = params.embeddings ? (size_t) llama_model_n_embd_out(model) : 0;
    return (size_t) params.n_outputs_max * (logits + vector) * sizeof(float);
}

// What a context takes that is planned, and not made: the model's devices in their order, then the host.
std::vector<Use> uses_of(Napi::Env env, llama_model * model, const llama_context_params & params) {
    const ErrorCapture errors;
    const AbortGuard guard;
    const llama_context_ptr context(llama_init_from_model(model, params));
    if (context == nullptr) {
        fail(env, "context_failed", "llama.cpp could not plan a context: " + errors.text("no reason given"));
    }
    std::vector<Use> uses;
    for (int i = 0; i < llama_model_n_devices(model); i++) {
        uses.push_back({llama_model_get_device(model, i)});
    }
    uses.push_back({nullptr});
    for (const auto & [buffer_type, bytes] : llama_get_memory_breakdown(context.get())) {
        const ggml_backend_dev_t device = ggml_backend_buft_is_host(buffer_type) ? nullptr : ggml_backend_buft_get_device(buffer_type);
        auto use = std::find_if(uses.begin(), uses.end(), [device](const Use & one) { return one.device == device; });
        if (use == uses.end()) {
            use = uses.end() - 1;  // repacked for the CPU
        }
        use->model += bytes.model;
        use->context += bytes.context;
        use->compute += bytes.compute;
    }
    return uses;
}

Napi::Object to_object(Napi::Env env, const Use & use) {
    const ggml_backend_dev_t device = use.device != nullptr ? use.device : ggml_backend_dev_by_type(GGML_BACKEND_DEVICE_TYPE_CPU);
    size_t free_bytes = 0;
    size_t total_bytes = 0;
    ggml_backend_dev_memory(device, &free_bytes, &total_bytes);
    const Napi::Object entry = Napi::Object::New(env);
    entry.Set("device", use.device != nullptr ? ggml_backend_dev_name(use.device) : "CPU");
    entry.Set("freeBytes", (double) free_bytes);
    entry.Set("totalBytes", (double) total_bytes);
    entry.Set("modelBytes", (double) use.model);
    entry.Set("contextBytes", (double) use.context);
    entry.Set("computeBytes", (double) use.compute);
    return entry;
}

Napi::Object to_object(Napi::Env env, const std::vector<Use> & uses, const llama_model * model, Napi::Object options) {
    const Napi::Array list = Napi::Array::New(env, uses.size());
    for (uint32_t i = 0; i < uses.size(); i++) {
        list.Set(i, to_object(env, uses[i]));
    }
    const Napi::Object result = Napi::Object::New(env);
    result.Set("layers", llama_model_n_layer(model));
    result.Set("pooling", pooling_name(pooling_of(model)));
    const int64_t asked = integer_field(options, "contextTokens", 0, INT32_MAX);
    result.Set("contextTokens", (double) (asked > 0 ? asked : default_context((uint32_t) llama_model_n_ctx_train(model))));
    result.Set("devices", list);
    result.Set("vocabularySize", llama_vocab_n_tokens(llama_model_get_vocab(model)));
    result.Set("parameters", (double) llama_model_n_params(model));
    result.Set("modelBytes", (double) llama_model_size(model));
    result.Set("width", pooling_of(model) == LLAMA_POOLING_TYPE_NONE ? 0 : width_of(model));
    return result;
}

}  // namespace

Napi::Value estimate_memory(const Napi::CallbackInfo & info) {
    const Napi::Env env = info.Env();
    const Napi::Object options = object_argument(info, 1, "options");
    Placement placement(options);
    const std::string path = info[0].IsString() ? string_argument(info, 0, "model") : ModelHandle::unwrap(info, 0)->path();
    const llama_model_ptr model = read_model(env, path, placement);
    const llama_context_params params = params_of(model.get(), options);
    std::vector<Use> uses = uses_of(env, model.get(), params);
    const size_t outputs = output_bytes(model.get(), params);
    uses.back().compute += outputs;
    Napi::Object object = to_object(env, uses, model.get(), options);
    object.Set("outputBytes", (double) outputs);
    return object;
}

}  // namespace weir
