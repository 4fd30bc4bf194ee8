import assert from "node:assert/strict";
import { test } from "node:test";
import { nearestWishes } from "#weir/placement/nearest-wishes.js";
import type { Wish } from "#weir/placement/wish.js";
import { wishOf } from "./wishes.js";

/** Takes so many 16-bit cells in all; a smaller type as many more. */
const room =
  (cells: number) =>
  ({ slots, contextTokens, cacheTypeK }: Wish): boolean => {
    const bits = { f16: 16, q8_0: 8.5, q4_0: 4.5 }[cacheTypeK as "f16" | "q8_0" | "q4_0"];
    return (slots * contextTokens * bits) / 16 <= cells;
  };

const flagsOf = (wish: Partial<Wish>, cells: number): string[] =>
  nearestWishes(wishOf(wish), room(cells)).map(({ flags }) => flags);

test("each remedy changes one setting, as little as will do", () => {
  assert.deepEqual(flagsOf({ slots: 8, contextTokens: 8192 }, 7 * 8192), [
    "--parallel 7",
    "--ctx-size 7168",
    "--cache-type-k q8_0 --cache-type-v q8_0",
  ]);
});

test("a cache of 4 bits is named where one of 8 is still too large", () => {
  assert.match(flagsOf({ slots: 8, contextTokens: 8192 }, 3 * 8192).join(), /--cache-type-k q4_0/);
});

test("a quantized cache is no remedy without flash attention, nor for one that is quantized", () => {
  for (const change of [{ flashAttention: "off" }, { cacheTypeK: "q8_0" }] as const) {
    assert.doesNotMatch(flagsOf({ slots: 8, contextTokens: 8192, ...change }, 8192).join(), /cache-type/);
  }
});

test("a context too short to be of use is no remedy", () => {
  assert.deepEqual(flagsOf({ slots: 64, contextTokens: 8192, flashAttention: "off" }, 8192), [
    "--parallel 1",
  ]);
});

test("nothing is named where the weights alone are too large", () => {
  assert.deepEqual(
    nearestWishes(wishOf(), () => false),
    [],
  );
});

test("replicas that do not fit may fit as one model over all devices", () => {
  const found = nearestWishes(wishOf({ placement: "replicate" }), ({ placement }) => placement === "split");
  assert.deepEqual(
    found.map(({ flags }) => flags),
    ["--placement split"],
  );
});
