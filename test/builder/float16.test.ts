import assert from "node:assert/strict";
import { test } from "node:test";
import { float16Bits, float16Value } from "#weir/builder/float16.js";

test("every finite half-precision number survives the way there and back", () => {
  for (let half = 0; half < 0x10000; half++) {
    if ((half & 0x7c00) === 0x7c00) continue;
    assert.equal(float16Bits(float16Value(half)), half);
  }
});

test("a number between two halves becomes the nearer one", () => {
  for (let half = 0; half < 0x7bff; half++) {
    const low = float16Value(half);
    const step = float16Value(half + 1) - low;
    assert.equal(float16Bits(low + 0.49 * step), half);
    assert.equal(float16Bits(low + 0.51 * step), half + 1);
  }
});

test("a number in the middle of two halves becomes the even one", () => {
  for (let half = 0; half < 0x7bff; half++) {
    const middle = (float16Value(half) + float16Value(half + 1)) / 2;
    assert.equal(float16Bits(middle), half + (half & 1));
  }
});

test("what is too large becomes infinity", () => {
  assert.deepEqual([65_519, 65_520, 1e30, -1e30].map(float16Bits), [0x7bff, 0x7c00, 0x7c00, 0xfc00]);
});

test("what is too small becomes zero of the same sign", () => {
  assert.deepEqual([1e-8, -1e-8, 0, -0].map(float16Bits), [0, 0x8000, 0, 0x8000]);
});

test("not a number stays not a number", () => {
  assert.ok(Number.isNaN(float16Value(float16Bits(Number.NaN))));
});
