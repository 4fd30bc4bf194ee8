#include "estimate.h"

#include "arguments.h"
#include "llama-log.h"
#include "model.h"
#include "norm-tap.h"
#include "placement.h"
#include "pooling.h"

#include "fit.h"
#include "llama-cpp.h"

#include <memory>

namespace weir {

namespace {

struct Estimate {
    std::vector<ggml_backend_dev_t> devices;
    uint32_t layers = 0;
    uint32_t trained_context = 0;
    uint32_t experts = 0;
    common_device_memory_data_vec memory;
};

// The file's facts without its weights.
llama_model_ptr read_model(Napi::Env env, const std::string & path, const Placement & placement) {
    llama_model_params params = placement.params;
    params.no_alloc = true;
    params.load_mode = LLAMA_LOAD_MODE_NONE;
    const ErrorCapture errors;
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

Estimate estimate(Napi::Env env, const std::string & path, Placement & placement, const llama_context_params & params) {
    Estimate result;
    const ErrorCapture errors;
    try {
        result.memory = common_get_device_memory_data(path.c_str(), &placement.params, &params, result.devices, result.layers,
                                                      result.trained_context, result.experts, GGML_LOG_LEVEL_ERROR);
    } catch (const std::exception & error) {
        fail(env, "model_load_failed", "llama.cpp could not read " + path + ": " + errors.text(error.what()));
    }
    return result;
}

Napi::Object to_object(Napi::Env env, const Estimate & estimate, const llama_model * model, Napi::Object options) {
    const auto & memory = estimate.memory;
    const Napi::Array list = Napi::Array::New(env, memory.size());
    for (uint32_t i = 0; i < memory.size(); i++) {
        const Napi::Object entry = Napi::Object::New(env);
        const bool host = i >= estimate.devices.size();  // the last entry is the host's memory
        entry.Set("device", host ? "CPU" : ggml_backend_dev_name(estimate.devices[i]));
        entry.Set("freeBytes", (double) memory[i].free);
        entry.Set("totalBytes", (double) memory[i].total);
        entry.Set("modelBytes", (double) memory[i].model);
        entry.Set("contextBytes", (double) memory[i].context);
        entry.Set("computeBytes", (double) memory[i].compute);
        list.Set(i, entry);
    }
    const Napi::Object result = Napi::Object::New(env);
    result.Set("layers", estimate.layers);
    result.Set("pooling", pooling_name(pooling_of(model)));
    const int64_t asked = integer_field(options, "contextTokens", 0, INT32_MAX);
    result.Set("contextTokens", asked > 0 ? (double) asked : (double) default_context(estimate.trained_context));
    result.Set("devices", list);
    return result;
}

}  // namespace

Napi::Value estimate_memory(const Napi::CallbackInfo & info) {
    const Napi::Env env = info.Env();
    const Napi::Object options = object_argument(info, 1, "options");
    Placement placement(options);
    // Weights that the CPU backend would repack are not counted as the host's; unrepacked they take as much.
    placement.params.use_extra_bufts = false;
    std::shared_ptr<Model> loaded;
    llama_model_ptr read;
    if (info[0].IsString()) {
        read = read_model(env, string_argument(info, 0, "model"), placement);
    } else {
        loaded = ModelHandle::unwrap(info, 0);
    }
    const llama_model * model = loaded != nullptr ? loaded->get() : read.get();
    const std::string path = loaded != nullptr ? loaded->path() : string_argument(info, 0, "model");
    const llama_context_params params = params_of(model, options);
    Estimate result = estimate(env, path, placement, params);
    const size_t outputs = output_bytes(model, params);
    result.memory.back().compute += outputs;
    Napi::Object object = to_object(env, result, model, options);
    object.Set("outputBytes", (double) outputs);
    return object;
}

}  // namespace weir
