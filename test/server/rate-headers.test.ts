import assert from "node:assert/strict";
import { test } from "node:test";
import { durationText } from "#weir/server/rate-headers.js";

for (const [ms, text] of [
  [0, "0ms"],
  [20, "20ms"],
  [1_500, "1.5s"],
  [60_000, "1m0s"],
  [3_723_000, "1h2m3s"],
] as const) {
  test(`${ms} ms are ${text} in OpenAI's headers`, () => {
    assert.equal(durationText(ms), text);
  });
}
