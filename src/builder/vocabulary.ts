import { WeirError } from "../errors.js";
import { qwenTokens } from "./qwen-tokens.js";

/** Qwen's tokenizer, as stored in a GGUF file, and the chat template that goes with it. */
export interface Vocabulary {
  /** The text of every token in GPT-2's byte alphabet; the index is the token id. */
  readonly tokens: readonly string[];
  /** llama.cpp's `llama_token_type` of every token: 1 normal, 3 control, 4 user defined. */
  readonly tokenTypes: readonly number[];
  /** The BPE merges, "left right", best first. */
  readonly merges: readonly string[];
  /** A Jinja template. */
  readonly chatTemplate: string;
}

const userDefined = 4;
const control = 3;

/** `</s>`, an ordinary token of Qwen's files: llama.cpp takes it for a control token all the same, and warns about it. */
const takenForControl = 128247;

/**
 * Qwen3's special tokens that Qwen2's tokenizer file holds as `[PAD…]`. The ids are those of Qwen3's
 * `tokenizer_config.json`. User defined and not control: a server must show them, since clients parse them.
 * `<|object_ref_start|>` is no part of the chat template; tests put it into user text.
 */
const qwen3Tokens: ReadonlyMap<number, string> = new Map([
  [151646, "<|object_ref_start|>"],
  [151657, "<tool_call>"],
  [151658, "</tool_call>"],
  [qwenTokens.toolResponse, "<tool_response>"],
  [qwenTokens.endToolResponse, "</tool_response>"],
  [qwenTokens.think, "<think>"],
  [qwenTokens.endThink, "</think>"],
]);

/**
 * A copy of Qwen2's vocabulary with the special tokens that Qwen3 added.
 * @throws WeirError `invalid_argument` when it is another model's vocabulary
 */
export function withQwen3Tokens(vocabulary: Vocabulary): Vocabulary {
  if (
    vocabulary.tokens.length <= qwenTokens.endThink ||
    vocabulary.tokens[qwenTokens.imEnd] !== "<|im_end|>"
  ) {
    throw new WeirError(
      "invalid_argument",
      `these ${vocabulary.tokens.length} tokens are not Qwen's vocabulary`,
    );
  }
  return {
    ...vocabulary,
    tokens: vocabulary.tokens.map((text, id) => qwen3Tokens.get(id) ?? text),
    tokenTypes: vocabulary.tokenTypes.map((type, id) => {
      if (id === takenForControl) return control;
      return qwen3Tokens.has(id) ? userDefined : type;
    }),
  };
}
