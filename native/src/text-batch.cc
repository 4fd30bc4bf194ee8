#include "text-batch.h"

#include <algorithm>

namespace weir {

namespace {

std::string at_most(const std::string & what, int64_t limit) {
    return what + ", and the limit is " + std::to_string(limit);
}

}  // namespace

std::string check_texts(const TextBatch & batch, const TextLimits & limits) {
    const auto & [tokens, ends] = batch;
    if (ends.empty()) {
        return "ends is empty: there is no text";
    }
    if (ends.size() > (size_t) limits.sequences) {
        return at_most("there are " + std::to_string(ends.size()) + " texts", limits.sequences);
    }
    if (tokens.size() > (size_t) limits.capacity) {
        return at_most("there are " + std::to_string(tokens.size()) + " tokens", limits.capacity);
    }
    for (size_t text = 0; text < ends.size(); text++) {
        const std::string name = "text " + std::to_string(text);
        // In 64 bits: an end may be any number.
        const int64_t length = (int64_t) ends[text] - batch.begin_of(text);
        if (length < 1) {
            return name + " has no token";
        }
        if (length > limits.text_tokens) {
            return at_most(name + " has " + std::to_string(length) + " tokens", limits.text_tokens);
        }
    }
    if ((size_t) ends.back() != tokens.size()) {
        return "the last end is " + std::to_string(ends.back()) + ", but there are " + std::to_string(tokens.size()) + " tokens";
    }
    const auto is_unknown = [&limits](llama_token token) { return token < 0 || token >= limits.vocab_size; };
    const auto unknown = std::find_if(tokens.begin(), tokens.end(), is_unknown);
    if (unknown != tokens.end()) {
        return "token " + std::to_string(*unknown) + " is not in the vocabulary of " + std::to_string(limits.vocab_size);
    }
    return "";
}

}  // namespace weir
