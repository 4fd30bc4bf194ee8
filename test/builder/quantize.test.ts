import assert from "node:assert/strict";
import { test } from "node:test";
import { type ExactType, encodeRow } from "#weir/builder/quantize.js";
import { bytesOf } from "#weir/builder/tensor-type.js";
import { decodeRow } from "./tensor-reader.js";

/** Two blocks as in the echo model's embedding: signs, and one large number among zeros. */
const row = Float32Array.from({ length: 64 }, (_, i) => {
  if (i < 32) return i % 3 === 0 ? -1 : 1;
  return i === 40 ? 4096 : 0;
});

function thereAndBack(type: ExactType, values: Float32Array): number[] {
  const bytes = Buffer.alloc(bytesOf(type, values.length));
  encodeRow(type, values, bytes, 0);
  return decodeRow(type, bytes);
}

for (const type of ["f32", "f16", "q8_0", "q4_0"] as const) {
  test(`a row of ternary blocks is read back exactly from ${type}`, () => {
    assert.deepEqual(thereAndBack(type, row), [...row]);
  });
}

test("a row is written at its offset and nowhere else", () => {
  const bytes = Buffer.alloc(100, 0xee);
  encodeRow("q8_0", row, bytes, 16);
  assert.deepEqual([...bytes.subarray(0, 16), ...bytes.subarray(16 + 68)], new Array(32).fill(0xee));
});

test("a block that a quantized type would round is refused", () => {
  const mixed = Float32Array.from({ length: 32 }, (_, i) => i);
  assert.throws(() => thereAndBack("q4_0", mixed), /only 0 and ± one magnitude are exact/);
});

test("values that are not whole blocks are refused", () => {
  assert.throws(() => bytesOf("q4_0", 40), /40 values are not whole q4_0 blocks of 32/);
});
