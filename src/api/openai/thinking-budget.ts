import type { ChatRequest } from "./chat-request.js";

/** What an effort allows where the request names no budget, tokens. `none` turns thinking off in the template instead. */
const budgets = { none: 0, minimal: 512, low: 2048, medium: 8192, high: -1, xhigh: -1, max: -1 } as const;

/** Most tokens of thinking; -1: no limit. */
export function thinkingBudget(request: ChatRequest): number {
  const asked = request.thinking_budget_tokens ?? request.reasoning_budget_tokens;
  if (typeof asked === "number") return asked;
  const { reasoning_effort: effort } = request;
  return effort === null || effort === undefined ? -1 : budgets[effort];
}
