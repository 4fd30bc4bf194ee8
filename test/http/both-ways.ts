import assert from "node:assert/strict";
import type { FastifyInstance } from "fastify";
import {
  type ChatChunk,
  type ChatLogprobs,
  type ChatResponse,
  type CompletionLogprobs,
  type CompletionResponse,
  chatResponse,
  completionResponse,
} from "#weir/api/openai/responses.js";
import { chatChunks, dataLines } from "./event-text.js";

type ChatMessage = ChatResponse["choices"][number]["message"];
type ToolCall = NonNullable<ChatMessage["tool_calls"]>[number];
type CallDelta = NonNullable<ChatChunk["choices"][number]["delta"]["tool_calls"]>[number];

/** The answer to a chat request, after a stream of the same request has said the same. */
export async function chatBothWays(app: FastifyInstance, body: object): Promise<ChatResponse> {
  const url = "/v1/chat/completions";
  const whole = chatResponse.parse(JSON.parse(await post(app, url, body)));
  const stream = await post(app, url, { ...body, ...asStream });
  const choices = whole.choices.map((choice) => ({
    ...choice,
    // A stream has no chunk to say that there are none.
    logprobs: choice.logprobs?.content.length === 0 ? null : choice.logprobs,
  }));
  assert.deepEqual(saidByChunks(stream), said(whole, choices));
  return whole;
}

/** The same for a completion. */
export async function completionBothWays(app: FastifyInstance, body: object): Promise<CompletionResponse> {
  const url = "/v1/completions";
  const whole = completionResponse.parse(JSON.parse(await post(app, url, body)));
  const stream = await post(app, url, { ...body, ...asStream });
  assert.deepEqual(saidByCompletions(stream), said(whole, whole.choices));
  return whole;
}

const asStream = { stream: true, stream_options: { include_usage: true } };

async function post(app: FastifyInstance, url: string, payload: object): Promise<string> {
  const response = await app.inject({ method: "POST", url, payload });
  if (response.statusCode !== 200) throw new Error(`${response.body} for ${JSON.stringify(payload)}`);
  return response.body;
}

type Fields = Pick<ChatResponse, "system_fingerprint" | "warnings" | "timings"> & {
  readonly usage?: ChatResponse["usage"] | null | undefined;
};

/** What a response says, but for what no two have in common: ids, times, and what was found in a cache. */
function said({ usage, system_fingerprint, warnings, timings }: Fields, choices: readonly object[]): object {
  return {
    choices: JSON.parse(JSON.stringify(choices, withoutCallIds)),
    usage: { ...usage, prompt_tokens_details: null },
    system_fingerprint,
    warnings,
    hasTimings: timings !== undefined,
  };
}

function withoutCallIds(name: string, value: unknown): unknown {
  if (name !== "id") return value;
  assert.match(String(value), /^call_[0-9a-z]{24}$/);
  return "call";
}

function saidByChunks(stream: string): object {
  const chunks = chatChunks(stream);
  const answers: ChatResponse["choices"] = [];
  for (const { index, delta, logprobs, finish_reason } of chunks.flatMap(({ choices }) => choices)) {
    answers[index] ??= {
      index,
      message: { role: "assistant", content: "", refusal: null },
      logprobs: null,
      finish_reason: "stop",
    };
    const answer = answers[index];
    const { message } = answer;
    message.content += delta.content ?? "";
    if (delta.reasoning_content !== undefined)
      message.reasoning_content = (message.reasoning_content ?? "") + delta.reasoning_content;
    if (delta.reasoning !== undefined) message.reasoning = (message.reasoning ?? "") + delta.reasoning;
    for (const call of delta.tool_calls ?? []) {
      message.tool_calls ??= [];
      message.tool_calls[call.index] = joined(message.tool_calls[call.index], call);
    }
    if (logprobs !== null) answer.logprobs = joinedLogprobs(answer.logprobs, logprobs);
    if (finish_reason !== null) answer.finish_reason = finish_reason;
  }
  for (const { message } of answers)
    if (message.tool_calls !== undefined && message.content === "") message.content = null;
  return said(lastFields(chunks), answers);
}

function joined(before: ToolCall | undefined, { id, function: piece }: CallDelta): ToolCall {
  const { name, arguments: text } = before?.function ?? { name: piece.name ?? "", arguments: "" };
  assert.equal(
    id === undefined,
    before !== undefined,
    "a call has its id in its first chunk, and only there",
  );
  return {
    id: before?.id ?? id ?? "",
    type: "function",
    function: { name, arguments: text + piece.arguments },
  };
}

function joinedLogprobs(before: ChatLogprobs | null, piece: ChatLogprobs): ChatLogprobs {
  return { content: [...(before?.content ?? []), ...piece.content], refusal: null };
}

function saidByCompletions(stream: string): object {
  const chunks = dataLines(stream).map((line) => completionResponse.parse(line));
  const answers: CompletionResponse["choices"] = [];
  for (const { index, text, logprobs, finish_reason } of chunks.flatMap(({ choices }) => choices)) {
    answers[index] ??= { index, text: "", logprobs: null, finish_reason: null };
    const answer = answers[index];
    answer.text += text;
    if (logprobs !== null) answer.logprobs = joinedColumns(answer.logprobs, logprobs);
    if (finish_reason !== null) answer.finish_reason = finish_reason;
  }
  return said(lastFields(chunks), answers);
}

function joinedColumns(before: CompletionLogprobs | null, piece: CompletionLogprobs): CompletionLogprobs {
  return {
    tokens: [...(before?.tokens ?? []), ...piece.tokens],
    token_logprobs: [...(before?.token_logprobs ?? []), ...piece.token_logprobs],
    top_logprobs: [...(before?.top_logprobs ?? []), ...piece.top_logprobs],
    text_offset: [...(before?.text_offset ?? []), ...piece.text_offset],
  };
}

/** The fields that come once in a stream, wherever they come. */
function lastFields(chunks: readonly Fields[]): Fields {
  const found: Fields = { system_fingerprint: "" };
  return chunks.reduce(
    (fields, { usage, system_fingerprint, warnings, timings }) => ({
      usage: usage ?? fields.usage,
      system_fingerprint,
      warnings: warnings ?? fields.warnings,
      timings: timings ?? fields.timings,
    }),
    found,
  );
}
