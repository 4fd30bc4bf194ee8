// One request's sampler: llama.cpp's own chain, fed with the tokens that can win.
#pragma once

#include <napi.h>

#include "candidates.h"

#include "llama-cpp.h"

#include <vector>

namespace weir {

class Sampler {
  public:
    // `parameters` is SamplingParameters of src/engine/generation.ts; `recent` are the last tokens of the prompt, which
    // the penalties look at. Throws for a value out of range. Without `fast_path` the chain always sees the whole row.
    Sampler(const llama_vocab * vocab, Napi::Object parameters, const std::vector<llama_token> & recent, int32_t context_tokens,
            bool fast_path);

    // Samples from one row of `vocab_size` logits and remembers the token; -1 where no token can be chosen.
    llama_token sample(const float * logits, int32_t vocab_size, SamplingScratch & scratch);

  private:
    bool gather(const float * logits, int32_t vocab_size, SamplingScratch & scratch);
    void accept(llama_token token);

    llama_sampler_ptr chain_;
    // Greedy without penalties or bias: the largest logit is the answer.
    bool plain_greedy_ = false;
    // How many of the largest logits the chain's first truncation leaves; 0 where it has none.
    int32_t top_ = 0;
    // Tokens whose logits the chain changes before it truncates: those with a bias, and those in the penalties' window.
    std::vector<llama_token> biased_;
    std::vector<llama_token> window_;
    size_t window_size_ = 0;
    size_t window_next_ = 0;
};

}  // namespace weir
