/** How a tensor's values lie in a GGUF file: ids from `enum ggml_type`, blocks from `ggml-common.h`. */
export interface TensorType {
  /** `enum ggml_type` */
  readonly id: number;
  /** `enum llama_ftype` of a model whose large tensors have this type, for `general.file_type`. */
  readonly fileType: number;
  readonly blockValues: number;
  readonly blockBytes: number;
}

export type TensorTypeName = "f32" | "f16" | "q4_0" | "q8_0" | "q4_k";

export const tensorTypes: Readonly<Record<TensorTypeName, TensorType>> = {
  f32: { id: 0, fileType: 0, blockValues: 1, blockBytes: 4 },
  f16: { id: 1, fileType: 1, blockValues: 1, blockBytes: 2 },
  // A half-precision scale, then 32 values of 4 bits (value + 8; the first 16 in the low nibbles) or of 8.
  q4_0: { id: 2, fileType: 2, blockValues: 32, blockBytes: 18 },
  q8_0: { id: 8, fileType: 7, blockValues: 32, blockBytes: 34 },
  // Half-precision factors of the scales and of the minima, 8 scales and 8 minima of 6 bits, 256 values of 4 bits.
  q4_k: { id: 12, fileType: 14, blockValues: 256, blockBytes: 144 },
};

/**
 * The bytes of that many values.
 * @throws RangeError when they are not whole blocks
 */
export function bytesOf(name: TensorTypeName, values: number): number {
  const { blockValues, blockBytes } = tensorTypes[name];
  if (values % blockValues !== 0) {
    throw new RangeError(`${values} values are not whole ${name} blocks of ${blockValues}`);
  }
  return (values / blockValues) * blockBytes;
}
