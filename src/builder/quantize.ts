import { float16Bits } from "./float16.js";
import { bytesOf, type TensorTypeName } from "./tensor-type.js";

/** Q4_K, with its scales of scales, holds hardly any row exactly. */
export type ExactType = Exclude<TensorTypeName, "q4_k">;

/**
 * Writes one row of weights in a tensor type.
 *
 * Q4_0 and Q8_0 take only rows that they hold exactly: the echo model computes with its weights, so a rounded one
 * would be a wrong one. In every block of 32 the values must be 0 or ± one magnitude, which then is the scale. (ggml's
 * own quantizers would use the magnitude / 8 or / 127 and could not hold both signs, or not exactly.)
 *
 * @param target holds at least `offset + bytesOf(type, row.length)` bytes
 * @throws RangeError for a block that a quantized type can't hold exactly
 */
export function encodeRow(type: ExactType, row: Float32Array, target: Buffer, offset: number): void {
  switch (type) {
    case "f32":
      row.forEach((value, i) => {
        target.writeFloatLE(value, offset + 4 * i);
      });
      return;
    case "f16":
      encodeFloat16(row, target, offset);
      return;
    case "q4_0":
    case "q8_0":
      encodeBlocks(type, row, target, offset);
  }
}

function encodeFloat16(row: Float32Array, target: Buffer, offset: number): void {
  let at = offset;
  for (const value of row) {
    const half = float16Bits(value);
    target[at] = half & 0xff;
    target[at + 1] = half >>> 8;
    at += 2;
  }
}

const signs = new Int8Array(32);

function encodeBlocks(type: "q4_0" | "q8_0", row: Float32Array, target: Buffer, offset: number): void {
  const blockBytes = bytesOf(type, 32);
  let at = offset;
  for (let start = 0; start < row.length; start += 32) {
    const scale = splitBlock(row, start);
    const half = float16Bits(scale);
    target[at] = half & 0xff;
    target[at + 1] = half >>> 8;
    if (type === "q8_0") packBytes(target, at + 2);
    else packNibbles(target, at + 2);
    at += blockBytes;
  }
}

/** Leaves the block's signs (-1, 0, 1) in `signs` and returns its magnitude. */
function splitBlock(row: Float32Array, start: number): number {
  let magnitude = 0;
  for (let i = 0; i < 32; i++) {
    const value = row[start + i] ?? 0;
    signs[i] = Math.sign(value);
    if (value === 0) continue;
    if (magnitude !== 0 && Math.abs(value) !== magnitude) {
      throw new RangeError(`a block holds ${magnitude} and ${value}: only 0 and ± one magnitude are exact`);
    }
    magnitude = Math.abs(value);
  }
  return magnitude;
}

function packBytes(target: Buffer, at: number): void {
  for (let i = 0; i < 32; i++) target[at + i] = signs[i] ?? 0;
}

function packNibbles(target: Buffer, at: number): void {
  for (let i = 0; i < 16; i++) target[at + i] = ((signs[i] ?? 0) + 8) | (((signs[i + 16] ?? 0) + 8) << 4);
}
