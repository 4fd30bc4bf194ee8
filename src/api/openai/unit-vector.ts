/** The first values of a vector, made to have the length 1; a vector of zeros stays one. */
export function toUnitVector(values: Float32Array, dimensions: number): Float32Array {
  const kept = values.subarray(0, dimensions);
  const length = Math.sqrt(kept.reduce((sum, value) => sum + value * value, 0));
  return length === 0 ? kept : kept.map((value) => value / length);
}

/** The vector's float32 values, little endian as the machines are that Weir runs on. */
export function toBase64({ buffer, byteOffset, byteLength }: Float32Array): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString("base64");
}
