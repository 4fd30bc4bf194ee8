// The product of a Q8_0 matrix with rows of activations, on processors with AVX-512 VNNI (docs/decisions/0052).
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace weir::q8 {

// Of the weights: an fp16 scale, then so many values of 8 bits (ggml's block_q8_0).
constexpr int64_t block_values = 32;
constexpr size_t block_bytes = 2 + block_values;

// Whether this processor has what the kernel needs.
bool is_supported();

// What a thread works in: half a MB of activations, and 18 bytes for each of a row's values.
class Scratch {
  public:
    // Room for rows of `width` values. Throws std::bad_alloc.
    void reserve(int64_t width);

    struct Block;  // of activations
    Block * activations() { return (Block *) aligned(activations_); }
    uint8_t * weights() { return (uint8_t *) aligned(weights_); }
    float * scales() { return (float *) aligned(scales_); }

  private:
    static void * aligned(std::vector<uint8_t> & bytes);

    std::vector<uint8_t> activations_;
    std::vector<uint8_t> weights_;
    std::vector<uint8_t> scales_;
};

struct Product {
    const uint8_t * weights;  // `columns` rows of `width` values, in blocks
    size_t weights_stride;    // bytes
    const char * activations; // `rows` rows of `width` floats
    size_t activations_stride;
    char * result;            // `rows` rows of `columns` floats
    size_t result_stride;
    int64_t width;            // a multiple of block_values
    int64_t columns;
    int64_t rows;
};

// The columns that are thread `thread` of `threads`' part. `scratch` has room for the product's width.
void multiply(const Product & product, int32_t thread, int32_t threads, Scratch & scratch);

}  // namespace weir::q8
