#include "estimate.h"

#include "arguments.h"
#include "llama-log.h"
#include "model.h"
#include "norm-tap.h"
#include "placement.h"
#include "pooling.h"

#include "fit.h"

#include <functional>

namespace weir {

namespace {

using ParamsOf = std::function<llama_context_params(uint32_t trained_context)>;

struct Estimate {
    std::vector<ggml_backend_dev_t> devices;
    uint32_t layers = 0;
    uint32_t trained_context = 0;
    uint32_t experts = 0;
    common_device_memory_data_vec memory;
};

Estimate estimate(Napi::Env env, const std::string & path, Napi::Object options, const ParamsOf & params_of) {
    Placement placement(options);
    // Weights that the CPU backend would repack are not counted as the host's; unrepacked they take as much.
    placement.params.use_extra_bufts = false;
    Estimate result;
    const auto ask = [&](const llama_context_params & params) {
        result.memory = common_get_device_memory_data(path.c_str(), &placement.params, &params, result.devices, result.layers,
                                                      result.trained_context, result.experts, GGML_LOG_LEVEL_ERROR);
    };
    ErrorCapture errors;
    try {
        if (integer_field(options, "contextTokens", 0, INT32_MAX) == 0) {
            // The trained context decides how large a slot is; this call only asks for it. Each call reads the vocabulary.
            ask(params_of(256));
        }
        ask(params_of(result.trained_context));
    } catch (const Napi::Error &) {
        throw;
    } catch (const std::exception & error) {
        fail(env, "model_load_failed", "llama.cpp could not read " + path + ": " + errors.text(error.what()));
    }
    return result;
}

Napi::Object to_object(Napi::Env env, const Estimate & estimate, Napi::Object options) {
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
    const int64_t asked = integer_field(options, "contextTokens", 0, INT32_MAX);
    result.Set("contextTokens", asked > 0 ? (double) asked : (double) default_context(estimate.trained_context));
    result.Set("devices", list);
    return result;
}

}  // namespace

Napi::Value estimate_memory(const Napi::CallbackInfo & info) {
    const Napi::Env env = info.Env();
    const std::string path = string_argument(info, 0, "path");
    const Napi::Object options = object_argument(info, 1, "options");
    const auto params_of = [options](uint32_t trained_context) { return context_params(options, trained_context); };
    return to_object(env, estimate(env, path, options, params_of), options);
}

Napi::Value estimate_embedding_memory(const Napi::CallbackInfo & info) {
    const Napi::Env env = info.Env();
    const std::shared_ptr<Model> model = ModelHandle::unwrap(info, 0);
    const Napi::Object options = object_argument(info, 1, "options");
    const bool in_parts = pools_last_token(model->get());
    const bool tapped = in_parts && pooling_of(model->get()) == LLAMA_POOLING_TYPE_LAST && bool_field(options, "skipLogits");
    const auto params_of = [=](uint32_t trained_context) {
        llama_context_params params = embedding_params(options, trained_context, in_parts).context;
        if (tapped) {
            NormTap::output_last_tokens(params);
        }
        return params;
    };
    Estimate result = estimate(env, model->path(), options, params_of);
    // llama.cpp's figures leave out the rows of outputs, which it allocates with the first call: one for each token of it that has outputs.
    const size_t row = (size_t) model->vocab_size() + (size_t) llama_model_n_embd_out(model->get());
    const llama_context_params params = params_of(result.trained_context);
    result.memory.back().compute += (size_t) (tapped ? params.n_outputs_max : params.n_batch) * row * sizeof(float);
    return to_object(env, result, options);
}

}  // namespace weir
