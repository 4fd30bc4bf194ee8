import type { FinishedAnswer } from "#weir/api/openai/answer.js";
import type { GenerationOutcome } from "#weir/engine/generation.js";
import type { PreparedPrompt } from "#weir/prompt/prompt.js";

export const identity = {
  id: "chatcmpl-1",
  createdSeconds: 1_700_000_000,
  model: "echo",
  fingerprint: "weir-test",
  newCallId: () => "call_1",
};

export const style = { reasoningFields: ["reasoning_content"] } as const;

export const thinking = { startTag: "<think>", endTag: "</think>", open: false };

export function chatBody(fields: object = {}): object {
  return { model: "echo", messages: [{ role: "user", content: "hello" }], ...fields };
}

export function preparedPrompt(tokens = 10, fields: Partial<PreparedPrompt> = {}): PreparedPrompt {
  return {
    tokens: new Int32Array(tokens),
    echo: "",
    stopStrings: [],
    reasoning: null,
    visibleTokens: [],
    toolCalls: null,
    grammar: "",
    grammarRoot: "",
    thinking: null,
    warnings: [],
    prepareMs: 1,
    ...fields,
  };
}

/** An answer of a model that thinks. */
export function answer(text: string, fields: Partial<GenerationOutcome> = {}): FinishedAnswer {
  const prompt = preparedPrompt(10, { reasoning: thinking });
  return { prompt, pieces: [text], promptLogprobs: [], hasLogprobs: false, outcome: outcome(fields) };
}

export function outcome(fields: Partial<GenerationOutcome> = {}): GenerationOutcome {
  return {
    finishReason: "stop",
    stopString: null,
    failure: null,
    promptTokens: 10,
    cachedTokens: 4,
    reasoningTokens: 0,
    completionTokens: 3,
    queueMs: 1,
    promptMs: 2,
    decodeMs: 3,
    ...fields,
  };
}

/** The error that `act` throws, as far as a client gets to see it. */
export function refusal(act: () => unknown): { code: unknown; param: unknown; message: string } {
  try {
    act();
  } catch (error) {
    if (error instanceof Error && "code" in error && "param" in error) {
      return { code: error.code, param: error.param, message: error.message };
    }
    throw error;
  }
  throw new Error("nothing was refused");
}
