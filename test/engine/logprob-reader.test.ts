import assert from "node:assert/strict";
import { test } from "node:test";
import { PieceTable } from "#weir/engine/detokenizer.js";
import { LogprobReader } from "#weir/engine/logprob-reader.js";

/** Tokens: `a`, two that are one 🦉 together, and a control token. */
function reader(): LogprobReader {
  const bytes = new TextEncoder().encode("a🦉");
  return new LogprobReader(
    new PieceTable({
      bytes,
      ends: Uint32Array.of(1, 3, 5, 5),
      endsGeneration: new Uint8Array(4),
      controlTokens: Int32Array.of(3),
      controlTexts: ["<|end|>"],
    }),
  );
}

test("a token is told with its text, its bytes and its log-probability", () => {
  assert.deepEqual(reader().describe(0, Float64Array.of(-0.5)), {
    token: 0,
    text: "a",
    bytes: [97],
    logprob: -0.5,
    top: [],
  });
});

test("the likeliest tokens come in the order of the backend", () => {
  const { top } = reader().describe(0, Float64Array.of(-0.5, 3, -0.1, 0, -0.5));
  assert.deepEqual(
    top.map(({ token, logprob }) => [token, logprob]),
    [
      [3, -0.1],
      [0, -0.5],
    ],
  );
});

test("a part of a character has its bytes, and U+FFFD for a text", () => {
  const { text, bytes } = reader().describe(1, Float64Array.of(-1));
  assert.deepEqual([text, bytes], ["\ufffd", [0xf0, 0x9f]]);
  assert.deepEqual(reader().describe(2, Float64Array.of(-1)).bytes, [0xa6, 0x89]);
});

test("a control token is told by its name", () => {
  const { text, bytes } = reader().describe(3, Float64Array.of(-1));
  assert.deepEqual([text, bytes.length], ["<|end|>", 7]);
});

test("a token of which nothing is known has the log-probability of what never comes", () => {
  assert.equal(reader().describe(0, Float64Array.of()).logprob, Number.NEGATIVE_INFINITY);
});
