import type { ModelHandle } from "#weir/llama/addon.js";

/** The text that a client would see of these tokens: control tokens have none. */
export function textOf(model: ModelHandle, tokens: readonly number[]): string {
  const { bytes, ends } = model.pieces();
  const parts = tokens.map((token) => bytes.subarray(token === 0 ? 0 : ends[token - 1], ends[token]));
  return Buffer.concat(parts).toString("utf8");
}

/** The tokens of a text, special tokens among them. */
export function tokensOfText(model: ModelHandle, text: string): number[] {
  return [...model.tokenize(text, false, true)];
}
