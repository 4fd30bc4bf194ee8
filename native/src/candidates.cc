#include "candidates.h"

#include <algorithm>
#include <cmath>
#include <functional>

namespace weir {

namespace {

constexpr int32_t block_size = 64;

// A loop that compilers turn into vector instructions: independent lanes, no branch. std::max_element compares one value
// at a time, each waiting for the last: 0.5 ms for Qwen's vocabulary. NaN is never larger, so it is passed over.
float maximum(const float * logits, int32_t size) {
    constexpr int32_t lanes = 16;
    float best[lanes];
    std::fill(best, best + lanes, -INFINITY);
    int32_t i = 0;
    for (; i + lanes <= size; i += lanes) {
        for (int32_t lane = 0; lane < lanes; lane++) {
            best[lane] = logits[i + lane] > best[lane] ? logits[i + lane] : best[lane];
        }
    }
    for (; i < size; i++) {
        best[0] = logits[i] > best[0] ? logits[i] : best[0];
    }
    return *std::max_element(best, best + lanes);
}

bool has_equal_among(std::vector<float> & sorted, int32_t count) {
    std::sort(sorted.begin(), sorted.end(), std::greater<float>());
    const auto end = sorted.begin() + std::min<size_t>(sorted.size(), (size_t) count + 1);
    return std::adjacent_find(sorted.begin(), end) != end;
}

}  // namespace

llama_token largest_token(const float * logits, int32_t size) {
    const float largest = maximum(logits, size);
    const float * found = std::find(logits, logits + size, largest);
    return found == logits + size || largest == -INFINITY ? -1 : (llama_token) (found - logits);
}

// The count-th largest of the blocks' maxima is a lower bound of the count-th largest logit: that many blocks hold one that
// is at least as large. One pass over the row finds the maxima, and only blocks above the bound are looked at again.
bool pick_candidates(const float * logits, int32_t size, int32_t count, SamplingScratch & scratch) {
    const int32_t blocks = (size + block_size - 1) / block_size;
    if (count <= 0 || count > blocks / 4) {
        return false;
    }
    std::vector<float> & maxima = scratch.block_maxima;
    maxima.resize((size_t) blocks);
    for (int32_t block = 0; block < blocks; block++) {
        const int32_t start = block * block_size;
        maxima[(size_t) block] = maximum(logits + start, std::min(block_size, size - start));
    }
    scratch.sorted = maxima;
    std::nth_element(scratch.sorted.begin(), scratch.sorted.begin() + (count - 1), scratch.sorted.end(), std::greater<float>());
    const float bound = scratch.sorted[(size_t) count - 1];
    if (!(bound > -INFINITY)) {
        return false;
    }
    scratch.candidates.clear();
    scratch.sorted.clear();
    for (int32_t block = 0; block < blocks; block++) {
        if (maxima[(size_t) block] < bound) {
            continue;
        }
        const int32_t end = std::min((block + 1) * block_size, size);
        for (llama_token token = block * block_size; token < end; token++) {
            if (logits[token] >= bound) {
                scratch.candidates.push_back({token, logits[token], 0.0f});
                scratch.sorted.push_back(logits[token]);
            }
        }
    }
    return !has_equal_among(scratch.sorted, count);
}

}  // namespace weir
