const float = new Float32Array(1);
const bits = new Uint32Array(float.buffer);

/**
 * The IEEE 754 half-precision bits nearest to a number; a tie goes to the even one, as in ggml and in hardware.
 *
 * Beyond 65,504 it is infinity, below 2^-25 zero.
 */
export function float16Bits(value: number): number {
  float[0] = value;
  const single = bits[0] ?? 0;
  const sign = (single >>> 16) & 0x8000;
  const magnitude = single & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00; // NaN
  if (magnitude >= 0x477ff000) return sign | 0x7c00; // 65,520 and more round to infinity
  // Below 2^-14 a half is subnormal, a whole number of 2^-24. The magic constant 0.5 has a unit in the last place
  // of 2^-24 in single precision, so adding it makes the hardware round to exactly that.
  if (magnitude < 0x38800000) {
    float[0] = Math.abs(value) + 0.5;
    return sign | ((bits[0] ?? 0) - 0x3f000000);
  }
  // 13 bits of the mantissa go; add just under half of the last remaining bit, and the bit itself for ties.
  const rounded = magnitude + 0xfff + ((magnitude >>> 13) & 1);
  return sign | ((rounded - 0x38000000) >>> 13); // the exponent's bias: 127 to 15
}

/** The number that half-precision bits stand for. */
export function float16Value(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >>> 10) & 0x1f;
  const mantissa = half & 0x3ff;
  if (exponent === 0x1f) return mantissa === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  if (exponent === 0) return sign * mantissa * 2 ** -24;
  return sign * (1 + mantissa / 1024) * 2 ** (exponent - 15);
}
