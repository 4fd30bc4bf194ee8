// Log-probabilities of a row of logits, before temperature, bias and penalties: as llama-server reports them.
#pragma once

#include "candidates.h"

#include <cstdint>
#include <vector>

namespace weir {

// [logprob of `token`, then a pair of id and logprob for each of the `top` likeliest tokens, likeliest first].
void logprobs_of(const float * logits, int32_t size, llama_token token, int32_t top, SamplingScratch & scratch, std::vector<double> & out);

}  // namespace weir
