// One request's sampler: llama.cpp's own chain.
#pragma once

#include <napi.h>

#include "llama-cpp.h"

#include <vector>

namespace weir {

class Sampler {
  public:
    // `parameters` is SamplingParameters of src/engine/generation.ts; `recent` are the last tokens of the prompt, which
    // the penalties look at. Throws for a value out of range.
    Sampler(const llama_vocab * vocab, Napi::Object parameters, Napi::Int32Array recent, int32_t context_tokens);

    // Samples from one row of `vocab_size` logits and remembers the token. `scratch` is reused between calls.
    llama_token sample(const float * logits, int32_t vocab_size, std::vector<llama_token_data> & scratch);

  private:
    llama_sampler_ptr chain_;
    // Greedy without penalties or bias: the largest logit is the answer, no candidate array is needed.
    bool plain_greedy_ = false;
};

}  // namespace weir
