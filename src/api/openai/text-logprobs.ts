import type { PromptLogprob, SampledLogprob } from "../../engine/generation.js";
import type { CompletionLogprobs } from "./responses.js";
import { finite } from "./to-logprobs.js";

/** A token, and where in the text it begins. */
interface PlacedToken {
  readonly logprob: PromptLogprob;
  readonly offset: number;
}

/**
 * Says where in a completion's text its tokens begin, and which of them are in it: the tokens of a stop string are not.
 *
 * Offsets count characters (code points), as OpenAI's do: with UTF-16 a client in another language would cut the text wrongly.
 */
export class TextLogprobs {
  readonly #decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  readonly #echoHasTokens: boolean;
  #ready: PlacedToken[] = [];
  #waiting: PlacedToken[] = [];
  /** Characters of the text so far. */
  #textLength: number;
  /** Whole characters of the text's beginning and the tokens so far. */
  #tokensEnd: number;

  /**
   * @param echo what the text begins with before the first token of the answer
   * @param echoHasTokens addPrompt() will be told which tokens these are
   */
  constructor(echo: string, echoHasTokens: boolean) {
    this.#echoHasTokens = echoHasTokens;
    this.#textLength = characters(echo);
    this.#tokensEnd = echoHasTokens ? 0 : this.#textLength;
  }

  /** The prompt's next tokens. */
  addPrompt(tokens: readonly PromptLogprob[]): void {
    for (const token of tokens) this.#ready.push(this.#place(token));
  }

  /** A token, before the text that it completes. */
  add(sampled: SampledLogprob): void {
    this.#waiting.push(this.#place(sampled));
  }

  addText(piece: string): void {
    this.#textLength += characters(piece);
  }

  /** The tokens since the last call that begin within the text so far; null where there are none. */
  take(): CompletionLogprobs | null {
    const inText = this.#waiting.filter(({ offset }) => offset < this.#textLength);
    return this.#takeFirst(inText.length);
  }

  /**
   * What is left when the answer has ended. Behind a prompt with tokens, clients find the answer's by their number: all that were
   * sampled are there, as long as no stop string cut them off.
   */
  end(stopString: string | null): CompletionLogprobs | null {
    return this.#echoHasTokens && stopString === null ? this.#takeFirst(this.#waiting.length) : this.take();
  }

  #place(logprob: PromptLogprob): PlacedToken {
    const offset = this.#tokensEnd;
    this.#tokensEnd += characters(this.#decoder.decode(Uint8Array.from(logprob.bytes), { stream: true }));
    return { logprob, offset };
  }

  #takeFirst(waiting: number): CompletionLogprobs | null {
    const taken = [...this.#ready, ...this.#waiting.slice(0, waiting)];
    if (taken.length === 0) return null;
    this.#ready = [];
    this.#waiting = this.#waiting.slice(waiting);
    return {
      tokens: taken.map(({ logprob }) => nameOf(logprob)),
      token_logprobs: taken.map(({ logprob: { logprob } }) => (logprob === null ? null : finite(logprob))),
      top_logprobs: taken.map(({ logprob }) => topOf(logprob)),
      text_offset: taken.map(({ offset }) => offset),
    };
  }
}

/**
 * The likeliest tokens, and the token itself, alone where `logprobs` is 0: "up to logprobs+1 elements" in OpenAI's
 * specification.
 */
function topOf(token: PromptLogprob): Record<string, number> | null {
  const { logprob, top } = token;
  if (logprob === null) return null;
  return Object.fromEntries(
    [...top, { ...token, logprob }].map((each) => [nameOf(each), finite(each.logprob)]),
  );
}

/** A part of a character by its bytes, as OpenAI has it (`bytes:\\xf0\\x9f`): as text, different parts would be one key. */
function nameOf({ text, bytes }: Pick<PromptLogprob, "text" | "bytes">): string {
  if (!text.includes("\ufffd") || Buffer.from(text).equals(Uint8Array.from(bytes))) return text;
  return `bytes:${bytes.map((byte) => `\\x${byte.toString(16).padStart(2, "0")}`).join("")}`;
}

function characters(text: string): number {
  let count = 0;
  for (const _ of text) count++;
  return count;
}
