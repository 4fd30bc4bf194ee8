#include "q8-kernel.h"

#include <algorithm>
#include <cstring>

#if defined(__x86_64__)

// GCC 12 finds its own intrinsics' undefined registers uninitialized.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"

#include <immintrin.h>

// Only these functions: the rest of the addon runs on every processor.
#define WEIR_AVX512 __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,f16c")))

namespace weir::q8 {

namespace {

// Columns of a tile: what a register of 512 bits has sums for.
constexpr int64_t tile_columns = 16;
// Rows of a tile: their sums and one block's products fill 16 of the 32 registers.
constexpr int tile_rows = 8;
// Four values of each column make one register.
constexpr int64_t quads = block_values / 4;

}  // namespace

// The processor multiplies unsigned by signed bytes, so weights are raised by 128, and what that adds is taken off again.
struct Scratch::Block {
    float scale;
    int32_t correction;  // -128 times the sum of the values
    int8_t values[block_values];
};

namespace {

using Block = Scratch::Block;

// ggml's own quantization of activations, value for value.
WEIR_AVX512 void quantize(const float * values, Block & block) {
    const __m512 low = _mm512_loadu_ps(values);
    const __m512 high = _mm512_loadu_ps(values + 16);
    const float most = _mm512_reduce_max_ps(_mm512_max_ps(_mm512_abs_ps(low), _mm512_abs_ps(high)));
    const __m512 inverse = _mm512_set1_ps(most == 0 ? 0 : 127.0f / most);
    const __m512i low_values = _mm512_cvtps_epi32(_mm512_mul_ps(low, inverse));
    const __m512i high_values = _mm512_cvtps_epi32(_mm512_mul_ps(high, inverse));
    block.scale = _cvtsh_ss(_cvtss_sh(most / 127.0f, _MM_FROUND_TO_NEAREST_INT));
    block.correction = -128 * _mm512_reduce_add_epi32(_mm512_add_epi32(low_values, high_values));
    _mm_storeu_si128((__m128i *) block.values, _mm512_cvtsepi32_epi8(low_values));
    _mm_storeu_si128((__m128i *) (block.values + 16), _mm512_cvtsepi32_epi8(high_values));
}

WEIR_AVX512 void quantize_rows(const Product & product, int64_t first, int64_t rows, Block * blocks) {
    for (int64_t row = 0; row < rows; row++) {
        const auto * values = (const float *) (product.activations + (size_t) (first + row) * product.activations_stride);
        for (int64_t at = 0; at < product.width; at += block_values) {
            quantize(values + at, *blocks++);
        }
    }
}

WEIR_AVX512 inline __m512i two_columns(const uint8_t * low, const uint8_t * high) {
    const __m512i first = _mm512_castsi256_si512(_mm256_loadu_si256((const __m256i *) low));
    return _mm512_inserti64x4(first, _mm256_loadu_si256((const __m256i *) high), 1);
}

// Brings a block of 16 columns into the order in which they are multiplied: quad by quad, in each the columns side by side.
WEIR_AVX512 void pack_block(const uint8_t * const * columns, size_t offset, uint8_t * packed, float * scales) {
    const size_t values = offset + 2;
    __m512i pairs[4][2];  // of four columns each: [columns 0-3 | 4-7], [8-11 | 12-15]; the quads of two columns in turn
    __m512i transposed[2][4];
    for (int half = 0; half < 2; half++) {
        const uint8_t * const * from = columns + 8 * half;
        const __m512i c0 = two_columns(from[0] + values, from[4] + values);
        const __m512i c1 = two_columns(from[1] + values, from[5] + values);
        const __m512i c2 = two_columns(from[2] + values, from[6] + values);
        const __m512i c3 = two_columns(from[3] + values, from[7] + values);
        pairs[0][half] = _mm512_unpacklo_epi32(c0, c1);
        pairs[1][half] = _mm512_unpackhi_epi32(c0, c1);
        pairs[2][half] = _mm512_unpacklo_epi32(c2, c3);
        pairs[3][half] = _mm512_unpackhi_epi32(c2, c3);
        transposed[half][0] = _mm512_unpacklo_epi64(pairs[0][half], pairs[2][half]);
        transposed[half][1] = _mm512_unpackhi_epi64(pairs[0][half], pairs[2][half]);
        transposed[half][2] = _mm512_unpacklo_epi64(pairs[1][half], pairs[3][half]);
        transposed[half][3] = _mm512_unpackhi_epi64(pairs[1][half], pairs[3][half]);
    }
    const __m512i raise = _mm512_set1_epi8((char) 0x80);
    for (int quad = 0; quad < 4; quad++) {
        const __m512i low = _mm512_shuffle_i64x2(transposed[0][quad], transposed[1][quad], 0x88);
        const __m512i high = _mm512_shuffle_i64x2(transposed[0][quad], transposed[1][quad], 0xDD);
        _mm512_store_si512(packed + 64 * quad, _mm512_xor_si512(low, raise));
        _mm512_store_si512(packed + 64 * (quad + 4), _mm512_xor_si512(high, raise));
    }
    alignas(32) uint16_t halves[tile_columns];
    for (int64_t column = 0; column < tile_columns; column++) {
        std::memcpy(&halves[column], columns[column] + offset, sizeof(uint16_t));
    }
    _mm512_store_ps(scales, _mm512_cvtph_ps(_mm256_load_si256((const __m256i *) halves)));
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

void pack_columns(const Product & product, int64_t first, Scratch & scratch) {
    const uint8_t * columns[tile_columns];
    for (int64_t column = 0; column < tile_columns; column++) {
        // Those beyond the last are never stored.
        columns[column] = product.weights + (size_t) std::min(first + column, product.columns - 1) * product.weights_stride;
    }
    const uint8_t * next = columns[tile_columns - 1] + product.weights_stride;
    for (int64_t at = 0; at < product.width / block_values; at++) {
        for (size_t line = 0; line < tile_columns * block_bytes; line += 64) {
            __builtin_prefetch(next + (size_t) at * tile_columns * block_bytes + line, 0, 2);
        }
        pack_block(columns, (size_t) at * block_bytes, scratch.weights() + at * tile_columns * block_values, scratch.scales() + at * tile_columns);
    }
}

}  // namespace

bool is_supported() {
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vnni") && __builtin_cpu_supports("fma");
}

void Scratch::reserve(int64_t width) {
    const auto values = (size_t) width;
    const auto blocks = values / block_values;
    const auto grow = [](std::vector<uint8_t> & bytes, size_t size) { bytes.resize(std::max(bytes.size(), size + 64)); };
    grow(activations_, (size_t) rows_of_part * blocks * sizeof(Block));
    grow(weights_, (size_t) tile_columns * values);
    grow(scales_, (size_t) tile_columns * blocks * sizeof(float));
}

void * Scratch::aligned(std::vector<uint8_t> & bytes) {
    return (void *) (((uintptr_t) bytes.data() + 63) & ~(uintptr_t) 63);
}

void multiply(const Product & product, int32_t thread, int32_t threads, Scratch & scratch) {
    const int64_t tiles = (product.columns + tile_columns - 1) / tile_columns;
    const int64_t end = tiles * (thread + 1) / threads;
    const int64_t blocks_of_row = product.width / block_values;
    for (int64_t part = 0; part < product.rows; part += rows_of_part) {
        const int64_t rows = std::min(rows_of_part, product.rows - part);
        quantize_rows(product, part, rows, scratch.activations());
        for (int64_t tile = tiles * thread / threads; tile < end; tile++) {
            const int64_t column = tile * tile_columns;
            pack_columns(product, column, scratch);
            const int64_t columns = std::min(tile_columns, product.columns - column);
            const auto mask = (__mmask16) ((1u << columns) - 1);
            for (int64_t row = 0; row < rows; row += tile_rows) {
                const int64_t count = std::min((int64_t) tile_rows, rows - row);
                char * result = product.result + (size_t) (part + row) * product.result_stride + (size_t) column * sizeof(float);
                tiles_of_rows[count - 1](scratch.activations() + row * blocks_of_row, blocks_of_row, scratch.weights(), scratch.scales(), result,
                                         product.result_stride, mask);
            }
        }
    }
}

}  // namespace weir::q8

#pragma GCC diagnostic pop

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
