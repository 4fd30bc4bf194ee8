import { qwenTokens } from "#weir/builder/qwen-tokens.js";
import type { Vocabulary } from "#weir/builder/vocabulary.js";

/** Qwen's vocabulary in size and in the tokens that the builder looks at; the rest is made up. */
export function syntheticVocabulary(): Vocabulary {
  const tokens = Array.from({ length: 151_936 }, (_, id) => `token ${id}`);
  tokens[qwenTokens.imEnd] = "<|im_end|>";
  return {
    tokens,
    tokenTypes: tokens.map(() => 1),
    merges: ["a b", "ab c"],
    chatTemplate: "{{ messages }} ✓",
  };
}
