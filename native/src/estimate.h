// What a model would take, computed by llama.cpp without allocating it.
#pragma once

#include <napi.h>

namespace weir {

// estimateMemory(model, options): { layers, contextTokens, pooling, outputBytes, devices: { device, freeBytes, totalBytes,
// modelBytes, contextBytes, computeBytes }[], vocabularySize, parameters, modelBytes, width }
// Of the context that the model gets, which its file decides. model: a path, or a Model. options: of src/llama/options.ts, the
// placement and ContextOptions for a model that generates, EmbeddingOptions for one that pools. Blocks for as long as reading the
// vocabulary takes, once for a path, so it is not for the main thread of a server. Throws `model_load_failed`.
Napi::Value estimate_memory(const Napi::CallbackInfo & info);

}  // namespace weir
