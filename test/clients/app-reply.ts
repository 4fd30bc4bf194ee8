import type { LightMyRequestResponse } from "fastify";
import { z } from "zod";
import type { ScriptedCall } from "../support/echo-script.js";

/** An answer as the applications put it together. */
export interface ReadReply {
  readonly content: string;
  readonly reasoning: string;
  readonly calls: readonly ScriptedCall[];
  readonly finishReason: string | null;
  /** Tokens in all; 0 where the answer does not say. */
  readonly usage: number;
}

const call = z.object({
  index: z.int().optional(),
  function: z.object({ name: z.string().optional(), arguments: z.string().optional() }),
});
const message = z.object({
  content: z.string().nullish(),
  reasoning_content: z.string().nullish(),
  tool_calls: z.array(call).optional(),
});
const answer = z.object({
  choices: z.array(
    z.object({
      delta: message.optional(),
      message: message.optional(),
      text: z.string().optional(),
      finish_reason: z.string().nullish(),
    }),
  ),
  usage: z.object({ total_tokens: z.int() }).nullish(),
  // Open WebUI adds them to the usage by `usage.update(data.get("timings", {}))`, which null breaks.
  timings: z.record(z.string(), z.unknown()).optional(),
});

/** Reads a whole answer, or gathers a streamed one by the index of its calls. */
export function readAppReply(response: LightMyRequestResponse): ReadReply {
  const type = String(response.headers["content-type"]);
  const parts = type.startsWith("text/event-stream") ? framesOf(response.body) : [response.json()];
  let [content, reasoning, usage] = ["", "", 0];
  let finishReason: string | null = null;
  const calls: { name: string; text: string }[] = [];
  for (const part of parts) {
    const { choices, usage: counted } = answer.parse(part);
    usage = counted?.total_tokens ?? usage;
    const [choice] = choices;
    if (choice === undefined) continue;
    const said = choice.delta ?? choice.message ?? { content: choice.text };
    content += said.content ?? "";
    reasoning += said.reasoning_content ?? "";
    for (const [position, { index, function: piece }] of (said.tool_calls ?? []).entries()) {
      calls[index ?? position] ??= { name: "", text: "" };
      const gathered = calls[index ?? position];
      if (gathered === undefined) continue;
      gathered.name += piece.name ?? "";
      gathered.text += piece.arguments ?? "";
    }
    finishReason = choice.finish_reason ?? finishReason;
  }
  const parsed = calls.map(({ name, text }) => ({ name, arguments: JSON.parse(text) }));
  return { content, reasoning, calls: parsed, finishReason, usage };
}

function framesOf(body: string): unknown[] {
  const frames = body.split("\n").filter((line) => line.startsWith("data: {"));
  return frames.map((line) => JSON.parse(line.slice("data: ".length)));
}
