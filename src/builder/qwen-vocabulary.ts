import { readFile } from "node:fs/promises";
import type { Vocabulary } from "./vocabulary.js";

/**
 * Reads Qwen's tokenizer from a GGUF file (llama.cpp's `models/ggml-vocab-qwen2.gguf`) and a chat template.
 *
 * node-llama-cpp is imported here and not above: it takes over half a second, which only a real build should pay.
 *
 * @throws Error when a file is missing or the GGUF holds no BPE tokenizer
 */
export async function readVocabulary(ggufPath: string, templatePath: string): Promise<Vocabulary> {
  const { readGgufFileInfo } = await import("node-llama-cpp");
  const [info, chatTemplate] = await Promise.all([
    readGgufFileInfo(ggufPath, { readTensorInfo: false, sourceType: "filesystem" }),
    readFile(templatePath, "utf8"),
  ]);
  const { tokens, token_type: tokenTypes, merges } = info.metadata.tokenizer.ggml;
  if (merges === undefined) throw new Error(`${ggufPath} holds no BPE merges`);
  return { tokens, tokenTypes, merges, chatTemplate };
}
