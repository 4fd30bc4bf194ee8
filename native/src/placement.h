// llama.cpp's parameters from JavaScript's PlacementOptions and ContextOptions (src/llama/options.ts).
#pragma once

#include <napi.h>

#include "llama.h"

#include <vector>

namespace weir {

// Owns what llama_model_params points to.
struct Placement {
    llama_model_params params;
    std::vector<ggml_backend_dev_t> devices;
    std::vector<float> tensor_split;

    explicit Placement(Napi::Object options);
    Placement(const Placement &) = delete;
    Placement & operator=(const Placement &) = delete;
};

// The tokens of a slot where none are asked for: the context that the model was trained with, within reason.
uint32_t default_context(uint32_t trained_context);

// `trained_context` is used where contextTokens is 0. Throws for a value out of range, naming the field.
llama_context_params context_params(Napi::Object options, uint32_t trained_context);

struct EmbeddingParams {
    llama_context_params context;
    int32_t text_tokens;   // of one text
    int32_t batch_tokens;  // of texts that are computed together
};

// Of a context that computes vectors, from EmbeddingOptions. `in_parts`: whether a text may be computed in several graphs.
EmbeddingParams embedding_params(Napi::Object options, uint32_t trained_context, bool in_parts);

}  // namespace weir
