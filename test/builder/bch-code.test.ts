import assert from "node:assert/strict";
import { test } from "node:test";
import { messageBits, tokenCode } from "#weir/builder/bch-code.js";
import { qwenTokens } from "#weir/builder/qwen-tokens.js";
import { randomStream } from "#weir/builder/random-numbers.js";

function distance(a: Float32Array, b: Float32Array): number {
  let different = 0;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) different++;
  return different;
}

function lowestDistance(tokens: readonly number[]): number {
  const codes = tokens.map(tokenCode);
  let lowest = Number.POSITIVE_INFINITY;
  for (const [i, a] of codes.entries()) {
    for (const b of codes.slice(i + 1)) lowest = Math.min(lowest, distance(a, b));
  }
  return lowest;
}

test("a code word is 64 signs", () => {
  const code = tokenCode(12_345);
  assert.deepEqual([code.length, [...new Set(code)].sort()], [64, [-1, 1]]);
});

test("the lightest of all 2^18 words has the published weight of 22", () => {
  const zero = tokenCode(0);
  let lightest = 64;
  for (let token = 1; token < 2 ** messageBits; token++) {
    lightest = Math.min(lightest, distance(tokenCode(token), zero));
  }
  assert.equal(lightest, 22);
});

test("the code is linear, so that its lowest weight is its lowest distance", () => {
  const sum = tokenCode(0x2aaaa).map((sign, i) => sign * (tokenCode(0x0f0f3)[i] ?? 0));
  assert.deepEqual(sum, tokenCode(0x2aaaa ^ 0x0f0f3));
});

test("any two of a random sample of tokens differ in at least 22 signs", () => {
  const next = randomStream(1, 0);
  const tokens = [...new Set(Array.from({ length: 500 }, () => next() % 151_936))];
  assert.ok(lowestDistance(tokens) >= 22);
});

test("any two of the tokens that the echo model knows by name differ in at least 22 signs", () => {
  assert.ok(lowestDistance(Object.values(qwenTokens)) >= 22);
});

test("a token id of more than 18 bits is refused", () => {
  assert.throws(() => tokenCode(2 ** 18), /token 262144 has no code/);
});
