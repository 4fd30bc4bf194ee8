// What a model would take, computed by llama.cpp without allocating it.
#pragma once

#include <napi.h>

namespace weir {

// estimateMemory(path, options): { device, freeBytes, totalBytes, modelBytes, contextBytes, computeBytes, host }[]
// options are LoadOptions of src/llama/options.ts. Blocks; for the command line. Throws `model_load_failed`.
Napi::Value estimate_memory(const Napi::CallbackInfo & info);

}  // namespace weir
