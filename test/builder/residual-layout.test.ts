import assert from "node:assert/strict";
import { test } from "node:test";
import { codeLength } from "#weir/builder/bch-code.js";
import * as layout from "#weir/builder/residual-layout.js";

function range(start: number, length: number): number[] {
  return Array.from({ length }, (_, i) => start + i);
}

test("no two meanings share a dimension of the residual stream", () => {
  const dimensions = [
    ...range(layout.code, codeLength),
    ...Object.values(layout.tokenFlag),
    ...Object.values(layout.lookBack),
    layout.first,
    ...Object.values(layout.anchor),
    layout.ballast,
    ...Object.values(layout.phasors).flatMap((start) => range(start, layout.phasorWidth)),
  ];
  assert.equal(new Set(dimensions).size, dimensions.length);
  assert.ok(Math.max(...dimensions) < layout.residualWidth);
});

test("the ballast is alone in its block of the quantized embedding", () => {
  const embedded = [...Object.values(layout.tokenFlag), codeLength - 1];
  assert.ok(embedded.every((dimension) => Math.floor(dimension / 32) !== Math.floor(layout.ballast / 32)));
});
