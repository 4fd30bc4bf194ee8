import type { SampledLogprob, TokenLogprob } from "../../engine/generation.js";
import type { CompletionLogprobs } from "./responses.js";
import { finite } from "./to-logprobs.js";

/**
 * Says where in a completion's text its tokens begin, and which of them are in it: the tokens of a stop string are not.
 *
 * Offsets count characters (code points), as OpenAI's do: with UTF-16 a client in another language would cut the text wrongly.
 */
export class TextLogprobs {
  readonly #decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  #waiting: { readonly sampled: SampledLogprob; readonly offset: number }[] = [];
  /** Characters of the text so far. */
  #textLength: number;
  /** Whole characters of the text's beginning and the tokens so far. */
  #tokensEnd: number;

  /** @param echo what the text begins with before the first token */
  constructor(echo: string) {
    this.#textLength = characters(echo);
    this.#tokensEnd = this.#textLength;
  }

  /** A token, before the text that it completes. */
  add(sampled: SampledLogprob): void {
    this.#waiting.push({ sampled, offset: this.#tokensEnd });
    this.#tokensEnd += characters(this.#decoder.decode(Uint8Array.from(sampled.bytes), { stream: true }));
  }

  addText(piece: string): void {
    this.#textLength += characters(piece);
  }

  /** The tokens since the last call that begin within the text so far; null where there are none. */
  take(): CompletionLogprobs | null {
    const taken = this.#waiting.filter(({ offset }) => offset < this.#textLength);
    if (taken.length === 0) return null;
    this.#waiting = this.#waiting.slice(taken.length);
    return {
      tokens: taken.map(({ sampled }) => nameOf(sampled)),
      token_logprobs: taken.map(({ sampled }) => finite(sampled.logprob)),
      top_logprobs: taken.map(({ sampled }) =>
        Object.fromEntries(sampled.top.map((each) => [nameOf(each), finite(each.logprob)])),
      ),
      text_offset: taken.map(({ offset }) => offset),
    };
  }
}

/** A part of a character by its bytes, as OpenAI has it (`bytes:\\xf0\\x9f`): as text, different parts would be one key. */
function nameOf({ text, bytes }: TokenLogprob): string {
  if (!text.includes("\ufffd") || Buffer.from(text).equals(Uint8Array.from(bytes))) return text;
  return `bytes:${bytes.map((byte) => `\\x${byte.toString(16).padStart(2, "0")}`).join("")}`;
}

function characters(text: string): number {
  let count = 0;
  for (const _ of text) count++;
  return count;
}
