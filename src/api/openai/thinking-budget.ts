import type { PreparedPrompt, Prompt } from "../../prompt/prompt.js";
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

/** Whether the answer to a prompt may think: the model can, and nobody has forbidden it. */
export function mayThink(prompt: Prompt, { reasoning }: Pick<PreparedPrompt, "reasoning">): boolean {
  if (prompt.kind !== "chat" || reasoning === null || prompt.thinkingBudgetTokens === 0) return false;
  return prompt.templateArguments["enable_thinking"] !== false;
}
