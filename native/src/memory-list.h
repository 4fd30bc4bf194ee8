// What a context takes of which device.
#pragma once

#include <napi.h>

#include "llama.h"

namespace weir {

// { device, modelBytes, contextBytes, computeBytes }[], one entry a buffer type
Napi::Array memory_list(Napi::Env env, const llama_context * context);

}  // namespace weir
