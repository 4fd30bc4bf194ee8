import type { Answer, Call, Choice, SampledLogprob } from "./answer.js";
import { type LogprobsJson, readLogprobs } from "./read-logprobs.js";

interface CallJson {
  readonly index?: number;
  readonly function?: { readonly name?: string; readonly arguments?: string };
}

interface MessageJson {
  readonly content?: string | null;
  readonly reasoning_content?: string | null;
  readonly tool_calls?: readonly CallJson[] | null;
}

interface ChoiceJson {
  readonly index: number;
  readonly text?: string;
  readonly message?: MessageJson;
  readonly delta?: MessageJson;
  readonly finish_reason?: string | null;
  readonly logprobs?: LogprobsJson | null;
}

/** A whole response or a chunk of one: what OpenAI's API and llama-server's have in common. */
interface ResponseJson {
  readonly choices?: readonly ChoiceJson[];
  readonly usage?: { readonly prompt_tokens: number; readonly completion_tokens: number } | null;
  readonly error?: { readonly message: string; readonly code?: unknown };
}

/** Reads a reply as what it is: a stream of events, a whole response, or a refusal. */
export function readAnswer(status: number, contentType: string, text: string): Answer {
  if (contentType.startsWith("text/event-stream")) return readChunks(status, events(text));
  const body = JSON.parse(text) as ResponseJson; // both servers send JSON, errors included
  if (status !== 200) return { ...nothing, status, error: body.error?.message ?? text };
  if (body.choices === undefined) return { ...nothing, status, body };
  return readChunks(status, [body]);
}

const nothing: Answer = {
  status: 0,
  failure: null,
  error: null,
  choices: [],
  promptTokens: null,
  completionTokens: null,
  body: null,
};

function events(text: string): ResponseJson[] {
  const lines = text.split("\n").filter((line) => line.startsWith("data: {"));
  return lines.map((line) => JSON.parse(line.slice("data: ".length)) as ResponseJson); // see ResponseJson
}

/** A whole response is a stream of one chunk. */
function readChunks(status: number, chunks: readonly ResponseJson[]): Answer {
  const parts = chunks.flatMap(({ choices }) => choices ?? []);
  const count = Math.max(0, ...parts.map(({ index }) => index + 1));
  const choices = Array.from({ length: count }, (_, index) =>
    readChoice(parts.filter((part) => part.index === index)),
  );
  const usage = chunks.findLast((chunk) => chunk.usage)?.usage;
  const failure = chunks.find(({ error }) => error !== undefined)?.error?.message ?? null;
  return {
    ...nothing,
    status,
    failure,
    choices,
    promptTokens: usage?.prompt_tokens ?? null,
    completionTokens: usage?.completion_tokens ?? null,
  };
}

function readChoice(parts: readonly ChoiceJson[]): Choice {
  const messages = parts.map(({ message, delta }) => message ?? delta ?? {});
  const join = (text: (message: MessageJson) => string | null | undefined): string =>
    messages.map((message) => text(message) ?? "").join("");
  return {
    content: join(({ content }) => content) + parts.map(({ text }) => text ?? "").join(""),
    reasoning: join(({ reasoning_content }) => reasoning_content),
    toolCalls: readCalls(messages),
    finishReason: parts.findLast(({ finish_reason }) => finish_reason)?.finish_reason ?? null,
    logprobs: parts.flatMap(({ logprobs }): SampledLogprob[] => (logprobs ? readLogprobs(logprobs) : [])),
  };
}

function readCalls(messages: readonly MessageJson[]): Call[] {
  const calls: { name: string; arguments: string }[] = [];
  for (const { tool_calls } of messages) {
    for (const [position, call] of (tool_calls ?? []).entries()) {
      const index = call.index ?? position;
      const read = calls[index] ?? { name: "", arguments: "" };
      read.name += call.function?.name ?? "";
      read.arguments += call.function?.arguments ?? "";
      calls[index] = read;
    }
  }
  return calls;
}
