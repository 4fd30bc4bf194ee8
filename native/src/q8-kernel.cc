#include "q8-kernel.h"

#include "q8-blocks.h"

#ifdef WEIR_HAS_Q8_KERNEL

#include <algorithm>
#include <cstring>

namespace weir::q8 {

namespace {

using Block = Scratch::Block;

// Rows of a tile: their sums and one block's products fill 16 of the 32 registers.
constexpr int tile_rows = 8;

// Of quantized rows, which every 16 columns read anew: they stay in a core's own cache.
constexpr int64_t activation_bytes = 512 * 1024;
constexpr int64_t most_rows = 128;

// Rows that are quantized at a time: whole tiles.
int64_t rows_at_a_time(int64_t width) {
    const int64_t row_bytes = width / block_values * (int64_t) sizeof(Block);
    return std::clamp(activation_bytes / row_bytes / tile_rows * tile_rows, (int64_t) tile_rows, most_rows);
}

// `rows` rows by 16 columns; `mask`: those of the columns that there are.
template <int rows>
WEIR_AVX512 void multiply_tile(const Block * blocks, int64_t blocks_of_row, const uint8_t * packed, const float * scales, char * result, size_t stride,
                               __mmask16 mask) {
    __m512 sums[rows];
    for (int row = 0; row < rows; row++) {
        sums[row] = _mm512_setzero_ps();
    }
    for (int64_t at = 0; at < blocks_of_row; at++) {
        __m512i products[rows];
        for (int row = 0; row < rows; row++) {
            products[row] = _mm512_set1_epi32(blocks[row * blocks_of_row + at].correction);
        }
        for (int64_t quad = 0; quad < quads; quad++) {
            const __m512i weights = _mm512_load_si512(packed + 64 * quad);
            for (int row = 0; row < rows; row++) {
                int32_t values;
                std::memcpy(&values, blocks[row * blocks_of_row + at].values + 4 * quad, sizeof(values));
                products[row] = _mm512_dpbusd_epi32(products[row], weights, _mm512_set1_epi32(values));
            }
        }
        const __m512 column_scales = _mm512_load_ps(scales);
        for (int row = 0; row < rows; row++) {
            const __m512 scale = _mm512_mul_ps(column_scales, _mm512_set1_ps(blocks[row * blocks_of_row + at].scale));
            sums[row] = _mm512_fmadd_ps(_mm512_cvtepi32_ps(products[row]), scale, sums[row]);
        }
        packed += 64 * quads;
        scales += tile_columns;
    }
    for (int row = 0; row < rows; row++) {
        _mm512_mask_storeu_ps(result + (size_t) row * stride, mask, sums[row]);
    }
}

using MultiplyTile = decltype(multiply_tile<1>) *;
constexpr MultiplyTile tiles_of_rows[tile_rows] = {multiply_tile<1>, multiply_tile<2>, multiply_tile<3>, multiply_tile<4>,
                                                   multiply_tile<5>, multiply_tile<6>, multiply_tile<7>, multiply_tile<8>};

// All rows of the scratch, which are the product's from `first` on, by the 16 columns that are packed there.
void multiply_columns(const Product & product, int64_t first, int64_t rows, int64_t column, Scratch & scratch) {
    const int64_t blocks_of_row = product.width / block_values;
    const int64_t columns = std::min(tile_columns, product.columns - column);
    const auto mask = (__mmask16) ((1u << columns) - 1);
    for (int64_t row = 0; row < rows; row += tile_rows) {
        const int64_t count = std::min((int64_t) tile_rows, rows - row);
        char * result = product.result + (size_t) (first + row) * product.result_stride + (size_t) column * sizeof(float);
        tiles_of_rows[count - 1](scratch.activations() + row * blocks_of_row, blocks_of_row, scratch.weights(), scratch.scales(), result,
                                 product.result_stride, mask);
    }
}

}  // namespace

bool is_supported() {
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
           __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vnni") && __builtin_cpu_supports("avx2") &&
           __builtin_cpu_supports("fma");  // f16c comes with all of these
}

void Scratch::reserve(int64_t width) {
    const auto grow = [](std::vector<uint8_t> & bytes, int64_t size) { bytes.resize(std::max(bytes.size(), (size_t) size + 64)); };
    const int64_t blocks = width / block_values;
    grow(activations_, rows_at_a_time(width) * blocks * (int64_t) sizeof(Block));
    grow(weights_, tile_columns * width);
    grow(scales_, tile_columns * blocks * (int64_t) sizeof(float));
}

void * Scratch::aligned(std::vector<uint8_t> & bytes) {
    return (void *) (((uintptr_t) bytes.data() + 63) & ~(uintptr_t) 63);
}

void multiply(const Product & product, int32_t thread, int32_t threads, Scratch & scratch) {
    const int64_t tiles = (product.columns + tile_columns - 1) / tile_columns;
    const int64_t rows_of_scratch = rows_at_a_time(product.width);
    for (int64_t first = 0; first < product.rows; first += rows_of_scratch) {
        const int64_t rows = std::min(rows_of_scratch, product.rows - first);
        quantize_rows(product, first, rows, scratch.activations());
        for (int64_t tile = tiles * thread / threads; tile < tiles * (thread + 1) / threads; tile++) {
            pack_columns(product, tile * tile_columns, scratch);
            multiply_columns(product, first, rows, tile * tile_columns, scratch);
        }
    }
}

}  // namespace weir::q8

#else

namespace weir::q8 {

struct Scratch::Block {};

bool is_supported() {
    return false;
}

void Scratch::reserve(int64_t) {}

void multiply(const Product &, int32_t, int32_t, Scratch &) {}

}  // namespace weir::q8

#endif
