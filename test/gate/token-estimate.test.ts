import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { TokenEstimate } from "#weir/gate/token-estimate.js";

describe("the estimate of a request's tokens", () => {
  test("is a token in four characters before anything is known", () => {
    assert.equal(new TokenEstimate().promptTokens(4_000), 1_000);
  });

  test("learns what the prompts of this server have", () => {
    const estimate = new TokenEstimate();
    for (let i = 0; i < 300; i++) estimate.notePrompt(1_000, 1_000);
    assert.ok(Math.abs(estimate.promptTokens(1_000) - 1_000) < 10);
  });

  test("is not spoilt by a body that is mostly padding", () => {
    const estimate = new TokenEstimate();
    estimate.notePrompt(10_000_000, 1_000);
    assert.ok(estimate.promptTokens(4_000) > 250);
  });

  test("learns how long answers are", () => {
    const estimate = new TokenEstimate();
    for (let i = 0; i < 300; i++) estimate.noteAnswer(40);
    assert.ok(Math.abs(estimate.answerTokens(null) - 40) < 3);
  });

  test("is never more than the request's own limit", () => {
    assert.equal(new TokenEstimate().answerTokens(16), 16);
  });
});
