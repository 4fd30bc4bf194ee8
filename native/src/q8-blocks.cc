#include "q8-blocks.h"

#ifdef WEIR_HAS_Q8_KERNEL

#include <algorithm>
#include <cstring>

namespace weir::q8 {

namespace {

// What is no number becomes the least integer: raised to the least byte, so that the sum is that of the bytes.
WEIR_AVX512 __m512i to_integers(__m512 values) {
    return _mm512_max_epi32(_mm512_cvtps_epi32(values), _mm512_set1_epi32(-128));
}

// ggml's own quantization of activations, value for value.
WEIR_AVX512 void quantize(const float * values, Scratch::Block & block) {
    const __m512 low = _mm512_loadu_ps(values);
    const __m512 high = _mm512_loadu_ps(values + 16);
    const float largest = _mm512_reduce_max_ps(_mm512_max_ps(_mm512_abs_ps(low), _mm512_abs_ps(high)));
    const __m512 inverse = _mm512_set1_ps(largest == 0 ? 0 : 127.0f / largest);
    const __m512i low_values = to_integers(_mm512_mul_ps(low, inverse));
    const __m512i high_values = to_integers(_mm512_mul_ps(high, inverse));
    block.scale = _cvtsh_ss(_cvtss_sh(largest / 127.0f, _MM_FROUND_TO_NEAREST_INT));
    block.correction = -128 * _mm512_reduce_add_epi32(_mm512_add_epi32(low_values, high_values));
    _mm_storeu_si128((__m128i *) block.values, _mm512_cvtsepi32_epi8(low_values));
    _mm_storeu_si128((__m128i *) (block.values + 16), _mm512_cvtsepi32_epi8(high_values));
}

WEIR_AVX512 inline __m512i two_columns(const uint8_t * low, const uint8_t * high) {
    const __m512i first = _mm512_castsi256_si512(_mm256_loadu_si256((const __m256i *) low));
    return _mm512_inserti64x4(first, _mm256_loadu_si256((const __m256i *) high), 1);
}

// The quads of eight columns: lane by lane, `quads_of[i]` has quad i of columns 0-3, i + 4 of 0-3, i of 4-7, i + 4 of 4-7.
WEIR_AVX512 inline void transpose(const uint8_t * const * columns, size_t offset, __m512i (&quads_of)[4]) {
    const __m512i c0 = two_columns(columns[0] + offset, columns[4] + offset);
    const __m512i c1 = two_columns(columns[1] + offset, columns[5] + offset);
    const __m512i c2 = two_columns(columns[2] + offset, columns[6] + offset);
    const __m512i c3 = two_columns(columns[3] + offset, columns[7] + offset);
    const __m512i low_01 = _mm512_unpacklo_epi32(c0, c1);
    const __m512i high_01 = _mm512_unpackhi_epi32(c0, c1);
    const __m512i low_23 = _mm512_unpacklo_epi32(c2, c3);
    const __m512i high_23 = _mm512_unpackhi_epi32(c2, c3);
    quads_of[0] = _mm512_unpacklo_epi64(low_01, low_23);
    quads_of[1] = _mm512_unpackhi_epi64(low_01, low_23);
    quads_of[2] = _mm512_unpacklo_epi64(high_01, high_23);
    quads_of[3] = _mm512_unpackhi_epi64(high_01, high_23);
}

WEIR_AVX512 void pack_block(const uint8_t * const * columns, size_t offset, uint8_t * packed, float * scales) {
    __m512i first_eight[4];
    __m512i last_eight[4];
    transpose(columns, offset + sizeof(uint16_t), first_eight);
    transpose(columns + 8, offset + sizeof(uint16_t), last_eight);
    const __m512i raise = _mm512_set1_epi8((char) 0x80);
    for (int quad = 0; quad < 4; quad++) {
        const __m512i low = _mm512_shuffle_i64x2(first_eight[quad], last_eight[quad], 0x88);
        const __m512i high = _mm512_shuffle_i64x2(first_eight[quad], last_eight[quad], 0xDD);
        _mm512_store_si512(packed + 64 * quad, _mm512_xor_si512(low, raise));
        _mm512_store_si512(packed + 64 * (quad + 4), _mm512_xor_si512(high, raise));
    }
    alignas(32) uint16_t halves[tile_columns];
    for (int64_t column = 0; column < tile_columns; column++) {
        std::memcpy(&halves[column], columns[column] + offset, sizeof(uint16_t));
    }
    _mm512_store_ps(scales, _mm512_cvtph_ps(_mm256_load_si256((const __m256i *) halves)));
}

}  // namespace

WEIR_AVX512 void quantize_rows(const Product & product, int64_t first, int64_t rows, Scratch::Block * blocks) {
    for (int64_t row = first; row < first + rows; row++) {
        const auto * values = (const float *) (product.activations + (size_t) row * product.activations_stride);
        for (int64_t at = 0; at < product.width; at += block_values) {
            quantize(values + at, *blocks++);
        }
    }
}

void pack_columns(const Product & product, int64_t first, Scratch & scratch) {
    const uint8_t * columns[tile_columns];
    for (int64_t column = 0; column < tile_columns; column++) {
        // Those beyond the last are never stored.
        columns[column] = product.weights + (size_t) std::min(first + column, product.columns - 1) * product.weights_stride;
    }
    // The next 16 columns are on their way while these are multiplied. What is beyond the end is not fetched, and no error.
    const uintptr_t next = (uintptr_t) columns[tile_columns - 1] + product.weights_stride;
    for (int64_t at = 0; at < product.width / block_values; at++) {
        for (size_t line = 0; line < tile_columns * block_bytes; line += 64) {
            __builtin_prefetch((const void *) (next + (size_t) at * tile_columns * block_bytes + line), 0, 2);
        }
        pack_block(columns, (size_t) at * block_bytes, scratch.weights() + at * tile_columns * block_values, scratch.scales() + at * tile_columns);
    }
}

}  // namespace weir::q8

#endif
