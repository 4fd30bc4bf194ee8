// The compute devices of the loaded variant.
#pragma once

#include <napi.h>

#include "ggml-backend.h"

#include <string>
#include <vector>

namespace weir {

// devices(): { name, description, type: "cpu" | "gpu" | "integrated" | "accelerator", freeBytes, totalBytes }[]
Napi::Value list_devices(const Napi::CallbackInfo & info);

// The devices of these names, null-terminated as llama_model_params wants them. Throws for a name that does not exist.
std::vector<ggml_backend_dev_t> find_devices(Napi::Env env, const std::vector<std::string> & names);

}  // namespace weir
