// Both sides of a product, in the order in which the processor multiplies them (q8-kernel.h).
#pragma once

#include "q8-kernel.h"

#if defined(__x86_64__)

// GCC 12 finds its own intrinsics' undefined registers uninitialized.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#include <immintrin.h>
#pragma GCC diagnostic pop

#define WEIR_HAS_Q8_KERNEL 1
// Only the kernel's functions: the rest of the addon runs on every processor.
#define WEIR_AVX512 __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,f16c")))

namespace weir::q8 {

// Columns that are multiplied at once: what a register of 512 bits has sums for.
constexpr int64_t tile_columns = 16;
// Four values of a column at a time.
constexpr int64_t quads = block_values / 4;

// A block of activations. The processor multiplies unsigned by signed bytes, so weights are raised by 128, and what that adds
// is taken off again.
struct Scratch::Block {
    float scale;
    int32_t correction;  // -128 times the sum of the values
    int8_t values[block_values];
};

// `rows` rows from `first` on, as ggml quantizes them.
void quantize_rows(const Product & product, int64_t first, int64_t rows, Scratch::Block * blocks);

// 16 columns from `first` on, into the scratch's weights and scales: block by block, in each the quads one after the other, in each
// quad the columns side by side.
void pack_columns(const Product & product, int64_t first, Scratch & scratch);

}  // namespace weir::q8

#endif
