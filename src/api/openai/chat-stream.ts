import { type AnswerDelta, AnswerParser } from "../../chat/answer-parser.js";
import type { GenerationOutcome, PromptProgress, SampledLogprob } from "../../engine/generation.js";
import type { PreparedPrompt } from "../../prompt/prompt.js";
import type { AnswerIdentity, AnswerStyle } from "./answer.js";
import { AnswerStream, type ChoiceStream, type StreamOptions } from "./answer-stream.js";
import { ContentLogprobs } from "./content-logprobs.js";
import { toChatFinishReason } from "./finish-reason.js";
import { ChunkFrames } from "./stream-chunks.js";
import { toChatLogprobs } from "./to-logprobs.js";

export function chatStream(
  identity: AnswerIdentity,
  style: AnswerStyle,
  { includeUsage, hasLogprobs, prompts }: StreamOptions,
): AnswerStream {
  const frames = new ChunkFrames("chat.completion.chunk", identity, includeUsage);
  const choices = prompts.map(
    (prompt, index) => new ChatChoice(index, frames, identity, style, prompt, hasLogprobs),
  );
  return new AnswerStream(choices, (usage) => frames.end(usage));
}

class ChatChoice implements ChoiceStream {
  readonly #index: number;
  readonly #frames: ChunkFrames;
  readonly #identity: AnswerIdentity;
  readonly #style: AnswerStyle;
  readonly #parser: AnswerParser;
  readonly #logprobs: ContentLogprobs | null;
  #callsTools = false;

  constructor(
    index: number,
    frames: ChunkFrames,
    identity: AnswerIdentity,
    style: AnswerStyle,
    prompt: PreparedPrompt,
    hasLogprobs: boolean,
  ) {
    this.#index = index;
    this.#frames = frames;
    this.#identity = identity;
    this.#style = style;
    this.#parser = new AnswerParser({ reasoning: prompt.reasoning, tools: prompt.toolCalls });
    this.#logprobs = hasLogprobs ? new ContentLogprobs() : null;
  }

  open(): string {
    return this.#frames.choice(this.#index, '"delta":{"role":"assistant","content":""}');
  }

  progress(progress: PromptProgress): string {
    return this.#frames.progress(this.#index, '"delta":{}', progress);
  }

  logprob(sampled: SampledLogprob): void {
    this.#logprobs?.add(sampled);
  }

  text(piece: string): string {
    const delta = this.#parser.push(piece);
    this.#logprobs?.settle(this.#parser);
    return this.#chunks(delta);
  }

  finish(outcome: GenerationOutcome, fields: object): string {
    const rest = this.#chunks(this.#parser.end());
    // A call that a stop string cut off is none that could be made.
    const callsTools = this.#callsTools && this.#parser.unfinishedCallLength === 0;
    const reason = toChatFinishReason(outcome, callsTools);
    return rest + this.#frames.lastOfChoice(this.#index, '"delta":{}', reason, this.#takeLogprobs(), fields);
  }

  #chunks({ reasoning, content, toolCalls }: AnswerDelta): string {
    let chunks = reasoning === "" ? "" : this.#delta(this.#reasoning(reasoning));
    if (content !== "") chunks += this.#delta(`"content":${JSON.stringify(content)}`, this.#takeLogprobs());
    for (const { index, name, arguments: text } of toolCalls) {
      this.#callsTools = true;
      if (name !== undefined) chunks += this.#delta(this.#callBegin(index, name), this.#takeLogprobs());
      if (text !== "") chunks += this.#delta(callArguments(index, text), this.#takeLogprobs());
    }
    return chunks;
  }

  #delta(fields: string, logprobs = "null"): string {
    return this.#frames.choice(this.#index, `"delta":{${fields}}`, logprobs);
  }

  #reasoning(text: string): string {
    const json = JSON.stringify(text);
    return this.#style.reasoningFields.map((field) => `"${field}":${json}`).join(",");
  }

  #callBegin(index: number, name: string): string {
    const call = {
      index,
      id: this.#identity.newCallId(),
      type: "function",
      function: { name, arguments: "" },
    };
    return `"tool_calls":[${JSON.stringify(call)}]`;
  }

  #takeLogprobs(): string {
    const tokens = this.#logprobs?.take() ?? [];
    return tokens.length === 0 ? "null" : JSON.stringify(toChatLogprobs(tokens));
  }
}

function callArguments(index: number, text: string): string {
  return `"tool_calls":[{"index":${index},"function":{"arguments":${JSON.stringify(text)}}}]`;
}
