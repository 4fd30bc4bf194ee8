#include "estimate.h"

#include "arguments.h"
#include "llama-log.h"
#include "placement.h"

#include "fit.h"

namespace weir {

Napi::Value estimate_memory(const Napi::CallbackInfo & info) {
    const Napi::Env env = info.Env();
    const std::string path = string_argument(info, 0, "path");
    const Napi::Object options = object_argument(info, 1, "options");
    Placement placement(options);
    // Weights that the CPU backend would repack are not counted as the host's; unrepacked they take as much.
    placement.params.use_extra_bufts = false;
    std::vector<ggml_backend_dev_t> devices;
    uint32_t layers = 0;
    uint32_t trained_context = 0;
    uint32_t experts = 0;
    common_device_memory_data_vec memory;
    ErrorCapture errors;
    try {
        if (integer_field(options, "contextTokens", 0, INT32_MAX) == 0) {
            // The trained context decides how large a slot is; this call only asks for it. Each call reads the vocabulary.
            llama_context_params params = context_params(options, 256);
            common_get_device_memory_data(path.c_str(), &placement.params, &params, devices, layers, trained_context, experts, GGML_LOG_LEVEL_ERROR);
        }
        const llama_context_params params = context_params(options, trained_context);
        memory = common_get_device_memory_data(path.c_str(), &placement.params, &params, devices, layers, trained_context, experts, GGML_LOG_LEVEL_ERROR);
    } catch (const Napi::Error &) {
        throw;
    } catch (const std::exception & error) {
        fail(env, "model_load_failed", "llama.cpp could not read " + path + ": " + errors.text(error.what()));
    }
    const Napi::Array list = Napi::Array::New(env, memory.size());
    for (uint32_t i = 0; i < memory.size(); i++) {
        const Napi::Object entry = Napi::Object::New(env);
        const bool host = i >= devices.size();  // the last entry is the host's memory
        entry.Set("device", host ? "CPU" : ggml_backend_dev_name(devices[i]));
        entry.Set("freeBytes", (double) memory[i].free);
        entry.Set("totalBytes", (double) memory[i].total);
        entry.Set("modelBytes", (double) memory[i].model);
        entry.Set("contextBytes", (double) memory[i].context);
        entry.Set("computeBytes", (double) memory[i].compute);
        list.Set(i, entry);
    }
    const Napi::Object result = Napi::Object::New(env);
    result.Set("layers", layers);
    const int64_t asked = integer_field(options, "contextTokens", 0, INT32_MAX);
    result.Set("contextTokens", asked > 0 ? (double) asked : (double) default_context(trained_context));
    result.Set("devices", list);
    return result;
}

}  // namespace weir
