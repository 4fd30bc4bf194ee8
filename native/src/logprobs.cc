#include "logprobs.h"

#include <algorithm>
#include <cmath>

namespace weir {

namespace {

// The logarithm of the sum of the logits' exponentials: logits are turned to log-probabilities by taking it off. Independent
// sums, which compilers turn into vector instructions.
double log_sum(const float * logits, int32_t size, float largest) {
    constexpr int32_t lanes = 8;
    double sums[lanes] = {};
    for (int32_t i = 0; i < size; i++) {
        sums[i % lanes] += std::exp(logits[i] - largest);
    }
    double sum = 0.0;
    for (const double part : sums) {
        sum += part;
    }
    return (double) largest + std::log(sum);
}

void fill_with_likeliest(const float * logits, int32_t size, int32_t top, std::vector<llama_token_data> & candidates) {
    const auto likelier = [](const llama_token_data & a, const llama_token_data & b) {
        return a.logit != b.logit ? a.logit > b.logit : a.id < b.id;
    };
    const auto count = (size_t) std::min(top, size);
    std::partial_sort(candidates.begin(), candidates.begin() + (std::ptrdiff_t) std::min(count, candidates.size()), candidates.end(), likelier);
    candidates.resize(std::min(count, candidates.size()));
}

}  // namespace

void logprobs_of(const float * logits, int32_t size, llama_token token, int32_t top, SamplingScratch & scratch, std::vector<double> & out) {
    const llama_token best = largest_token(logits, size, scratch);
    if (best < 0) {
        out.clear();
        return;
    }
    const double total = log_sum(logits, size, logits[best]);
    out.assign(1, logits[token] - total);
    if (top == 0) {
        return;
    }
    if (!pick_candidates(logits, size, top, scratch)) {
        scratch.candidates.clear();
        for (llama_token id = 0; id < size; id++) {
            scratch.candidates.push_back({id, logits[id], 0.0f});
        }
    }
    fill_with_likeliest(logits, size, top, scratch.candidates);
    for (const llama_token_data & candidate : scratch.candidates) {
        out.push_back(candidate.id);
        out.push_back(candidate.logit - total);
    }
}

}  // namespace weir
