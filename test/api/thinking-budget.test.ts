import assert from "node:assert/strict";
import { test } from "node:test";
import { chatRequest } from "#weir/api/openai/chat-request.js";
import { parseRequest } from "#weir/api/openai/parse-request.js";
import { thinkingBudget } from "#weir/api/openai/thinking-budget.js";
import { chatBody } from "./builders.js";

for (const [what, fields, tokens] of [
  ["nothing", {}, -1],
  ["null", { reasoning_effort: null, thinking_budget_tokens: null }, -1],
  ["the effort none", { reasoning_effort: "none" }, 0],
  ["the effort minimal", { reasoning_effort: "minimal" }, 512],
  ["the effort low", { reasoning_effort: "low" }, 2048],
  ["the effort medium", { reasoning_effort: "medium" }, 8192],
  ["the effort high", { reasoning_effort: "high" }, -1],
  ["the effort xhigh", { reasoning_effort: "xhigh" }, -1],
  ["a budget", { thinking_budget_tokens: 7 }, 7],
  ["a budget of 0", { thinking_budget_tokens: 0 }, 0],
  ["no limit against an effort", { thinking_budget_tokens: -1, reasoning_effort: "minimal" }, -1],
  ["a budget by its other name", { reasoning_budget_tokens: 9 }, 9],
  ["a budget by both names", { thinking_budget_tokens: 7, reasoning_budget_tokens: 9 }, 7],
] as const) {
  test(`a request with ${what} may think ${tokens < 0 ? "without limit" : `for ${tokens} tokens`}`, () => {
    assert.equal(thinkingBudget(parseRequest(chatRequest, chatBody(fields))), tokens);
  });
}
