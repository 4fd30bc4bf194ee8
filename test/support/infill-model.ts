import { tinyShape, writeRandomModel } from "#weir/builder/index.js";
import { qwenVocabulary } from "../../bench/large-rig.js";

/** Qwen's marks around a gap in a text, which the tokenizer file holds as `[PAD…]`. llama.cpp knows them by their texts. */
const marks: ReadonlyMap<number, string> = new Map([
  [151659, "<|fim_prefix|>"],
  [151660, "<|fim_middle|>"],
  [151661, "<|fim_suffix|>"],
]);

/** llama.cpp's type of control tokens. */
const control = 3;

/** Writes the tiny random model with a vocabulary that has tokens to fill in text. */
export async function writeModelForInfill(file: string): Promise<void> {
  const vocabulary = await qwenVocabulary();
  const tokens = vocabulary.tokens.map((text, id) => marks.get(id) ?? text);
  const tokenTypes = vocabulary.tokenTypes.map((type, id) => (marks.has(id) ? control : type));
  await writeRandomModel(file, { ...vocabulary, tokens, tokenTypes }, tinyShape);
}
