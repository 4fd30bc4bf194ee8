import type { GenerationOutcome } from "../../engine/generation.js";

/** Of an answer that came to its end; one that failed or was cancelled has no OpenAI finish reason. */
export function toFinishReason(outcome: GenerationOutcome): "stop" | "length" {
  return outcome.finishReason === "length" ? "length" : "stop";
}

/** A call that was cut off is reported as what cut it off. */
export function toChatFinishReason(
  outcome: GenerationOutcome,
  callsTools: boolean,
): "stop" | "length" | "tool_calls" {
  const reason = toFinishReason(outcome);
  return reason === "stop" && callsTools ? "tool_calls" : reason;
}
