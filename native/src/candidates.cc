#include "candidates.h"

#include <algorithm>
#include <cmath>
#include <functional>

namespace weir {

namespace {

// A block is looked at again as a whole where it holds a candidate: larger ones leave fewer maxima to choose among, and there
// must be several times as many of them as candidates.
constexpr int32_t large_block = 256;
constexpr int32_t small_block = 64;

// The compiler's target is any x86-64; the processor that runs this mostly has wider registers.
#if defined(__x86_64__) && defined(__linux__) && defined(__has_attribute) && __has_attribute(target_clones)
#define WEIR_WIDEST_REGISTERS __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define WEIR_WIDEST_REGISTERS
#endif

// The maximum of each block of `block_size` logits, a multiple of 64. Loops that compilers turn into vector instructions:
// independent lanes, no branch. std::max_element compares one value at a time, each waiting for the last: 0.5 ms for Qwen's
// vocabulary. NaN is never larger, so it is passed over.
WEIR_WIDEST_REGISTERS void block_maxima(const float * logits, int32_t size, int32_t block_size, float * maxima) {
    constexpr int32_t lanes = 64;
    const int32_t whole = size / block_size;
    for (int32_t block = 0; block < whole; block++) {
        const float * values = logits + (size_t) block * (size_t) block_size;
        float best[lanes];
        for (int32_t lane = 0; lane < lanes; lane++) {
            best[lane] = values[lane] > -INFINITY ? values[lane] : -INFINITY;
        }
        for (int32_t i = lanes; i < block_size; i += lanes) {
            for (int32_t lane = 0; lane < lanes; lane++) {
                best[lane] = values[i + lane] > best[lane] ? values[i + lane] : best[lane];
            }
        }
        for (int32_t width = lanes / 2; width > 0; width /= 2) {
            for (int32_t lane = 0; lane < width; lane++) {
                best[lane] = best[lane + width] > best[lane] ? best[lane + width] : best[lane];
            }
        }
        maxima[block] = best[0];
    }
    if (whole * block_size < size) {
        float best = -INFINITY;
        for (int32_t i = whole * block_size; i < size; i++) {
            best = logits[i] > best ? logits[i] : best;
        }
        maxima[whole] = best;
    }
}

const std::vector<float> & find_maxima(const float * logits, int32_t size, int32_t block_size, SamplingScratch & scratch) {
    scratch.block_maxima.resize((size_t) ((size + block_size - 1) / block_size));
    block_maxima(logits, size, block_size, scratch.block_maxima.data());
    return scratch.block_maxima;
}

bool has_equal_among(std::vector<float> & sorted, int32_t count) {
    std::sort(sorted.begin(), sorted.end(), std::greater<float>());
    const auto end = sorted.begin() + std::min<size_t>(sorted.size(), (size_t) count + 1);
    return std::adjacent_find(sorted.begin(), end) != end;
}

}  // namespace

llama_token largest_token(const float * logits, int32_t size, SamplingScratch & scratch) {
    const std::vector<float> & maxima = find_maxima(logits, size, large_block, scratch);
    const auto largest = std::max_element(maxima.begin(), maxima.end());
    if (largest == maxima.end() || *largest == -INFINITY) {
        return -1;
    }
    const auto begin = (int32_t) (largest - maxima.begin()) * large_block;
    return (llama_token) (std::find(logits + begin, logits + size, *largest) - logits);
}

// The count-th largest of the blocks' maxima is a lower bound of the count-th largest logit: that many blocks hold one that
// is at least as large. One pass over the row finds the maxima, and only blocks above the bound are looked at again.
bool pick_candidates(const float * logits, int32_t size, int32_t count, SamplingScratch & scratch) {
    const auto has_enough = [&](int32_t block_size) { return count <= (size + block_size - 1) / block_size / 4; };
    if (count <= 0 || !has_enough(small_block)) {
        return false;
    }
    const int32_t block_size = has_enough(large_block) ? large_block : small_block;
    const std::vector<float> & maxima = find_maxima(logits, size, block_size, scratch);
    const auto blocks = (int32_t) maxima.size();
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
