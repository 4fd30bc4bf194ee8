import { type AnswerFormat, AnswerParser, parseAnswer } from "../../chat/answer-parser.js";
import { type AnswerIdentity, type AnswerStyle, type FinishedAnswer, textOf } from "./answer.js";
import { ContentLogprobs } from "./content-logprobs.js";
import { toChatFinishReason } from "./finish-reason.js";
import { identityFields } from "./identity-fields.js";
import { responseEnd } from "./response-end.js";
import type { ChatLogprobs, ChatResponse } from "./responses.js";
import { toChatLogprobs } from "./to-logprobs.js";

type Choice = ChatResponse["choices"][number];

/** A whole response. `reasoning_content` is there only where the model thought. */
export function toChatResponse(
  identity: AnswerIdentity,
  style: AnswerStyle,
  answers: readonly FinishedAnswer[],
): ChatResponse {
  return {
    ...identityFields("chat.completion", identity),
    choices: answers.map((answer, index) => toChoice(index, answer, identity, style)),
    ...responseEnd(answers),
  };
}

function toChoice(
  index: number,
  answer: FinishedAnswer,
  { newCallId }: AnswerIdentity,
  { reasoningFields }: AnswerStyle,
): Choice {
  const format = { reasoning: answer.prompt.reasoning, tools: answer.prompt.toolCalls };
  const { reasoning, content, toolCalls } = parseAnswer(format, textOf(answer));
  const calls = toolCalls.map((call) => ({ id: newCallId(), type: "function" as const, function: call }));
  const thinking = reasoning === "" ? [] : reasoningFields.map((field) => [field, reasoning] as const);
  return {
    index,
    message: {
      role: "assistant",
      content: calls.length > 0 && content === "" ? null : content,
      ...Object.fromEntries(thinking),
      ...(calls.length > 0 ? { tool_calls: calls } : {}),
      refusal: null,
    },
    logprobs: logprobsOf(answer, format),
    finish_reason: toChatFinishReason(answer.outcome, calls.length > 0),
  };
}

/** Null where none were asked for. */
function logprobsOf({ pieces, hasLogprobs }: FinishedAnswer, format: AnswerFormat): ChatLogprobs | null {
  if (!hasLogprobs) return null;
  const parser = new AnswerParser(format);
  const logprobs = new ContentLogprobs();
  for (const piece of pieces) {
    if (typeof piece === "object") logprobs.add(piece);
    else {
      parser.push(piece);
      logprobs.settle(parser);
    }
  }
  return toChatLogprobs(logprobs.take());
}
