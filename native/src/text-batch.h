// The texts of one call of EmbeddingContext.embed().
#pragma once

#include "llama.h"

#include <cstdint>
#include <string>
#include <vector>

namespace weir {

struct TextLimits {
    int32_t sequences;    // texts of a call
    int32_t text_tokens;  // of one text
    int32_t capacity;     // of all texts together
    int32_t vocab_size;
};

// Text i is tokens[ends[i-1] … ends[i]).
struct TextBatch {
    std::vector<llama_token> tokens;
    std::vector<int32_t> ends;

    int32_t begin_of(size_t text) const { return text == 0 ? 0 : ends[text - 1]; }
};

// What is wrong with a batch, or "". Nothing that passes makes llama.cpp abort.
std::string check_texts(const TextBatch & batch, const TextLimits & limits);

}  // namespace weir
