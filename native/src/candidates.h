// Picks the tokens that can win from a row of logits, without building an array of the whole vocabulary.
#pragma once

#include "llama.h"

#include <cstdint>
#include <vector>

namespace weir {

// Buffers that one thread reuses between rows.
struct SamplingScratch {
    std::vector<llama_token_data> candidates;
    std::vector<float> block_maxima;
    std::vector<float> sorted;
};

// The first of the largest logits; -1 where none is a number above -infinity.
llama_token largest_token(const float * logits, int32_t size, SamplingScratch & scratch);

// Fills scratch.candidates with every token whose logit is at least some bound, in order of their ids; at least `count` of
// them, and rarely many more. False where it can't: `count` is too large, too few logits are above -infinity, or two
// of the `count` largest are equal, which llama.cpp's sort may put in either order.
bool pick_candidates(const float * logits, int32_t size, int32_t count, SamplingScratch & scratch);

}  // namespace weir
