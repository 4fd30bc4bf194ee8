// What a model would take, computed by llama.cpp without allocating it.
#pragma once

#include <napi.h>

namespace weir {

// estimateMemory(path, options): { layers, contextTokens, devices: { device, freeBytes, totalBytes, modelBytes,
// contextBytes, computeBytes }[] }
// options are LoadOptions of src/llama/options.ts. Blocks for as long as reading the vocabulary takes, so it is not for the
// main thread of a server. Throws `model_load_failed`.
Napi::Value estimate_memory(const Napi::CallbackInfo & info);

// estimateEmbeddingMemory(model, options): the same for an EmbeddingContext; options are EmbeddingOptions and the placement
// that the model was loaded with.
Napi::Value estimate_embedding_memory(const Napi::CallbackInfo & info);

}  // namespace weir
