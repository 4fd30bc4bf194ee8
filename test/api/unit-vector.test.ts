import assert from "node:assert/strict";
import { test } from "node:test";
import { toBase64, toUnitVector } from "#weir/api/openai/unit-vector.js";

test("a vector is made to have the length 1", () => {
  assert.deepEqual(toUnitVector(Float32Array.of(3, 4), 2), Float32Array.of(0.6, 0.8));
});

test("what is cut off does not count for the length", () => {
  assert.deepEqual(toUnitVector(Float32Array.of(3, 4, 100), 2), Float32Array.of(0.6, 0.8));
});

test("a vector of zeros stays one", () => {
  assert.deepEqual(toUnitVector(new Float32Array(3), 3), new Float32Array(3));
});

test("the vector that it was made of is left as it was", () => {
  const values = Float32Array.of(3, 4);
  toUnitVector(values, 2);
  assert.deepEqual(values, Float32Array.of(3, 4));
});

test("base64 has the vector's own bytes, also where it is a part of an array", () => {
  const part = Float32Array.of(9, 1, -2).subarray(1);
  assert.equal(toBase64(part), Buffer.from("0000803f000000c0", "hex").toString("base64"));
});
