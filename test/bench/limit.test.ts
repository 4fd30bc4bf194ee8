import assert from "node:assert/strict";
import { test } from "node:test";
import { limitTokensPerSecond } from "../../bench/loops/bare-loop.js";

test("the limit counts the answers against the time of prompts and answers", () => {
  const rates = { prefillTokensPerSecond: 1000, decodeTokensPerSecond: 100 };
  // 2 s for the prompts, 3 s for the answers
  assert.equal(limitTokensPerSecond({ prompt: 2000, answer: 300 }, rates), 60);
});
