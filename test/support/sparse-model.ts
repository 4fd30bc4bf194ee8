import fs from "node:fs";
import path from "node:path";
import { encodeMetadata, encodeStrings, uint32, uint64 } from "#weir/builder/gguf-metadata.js";
import { type Qwen3Shape, qwen3Metadata } from "#weir/builder/qwen3-architecture.js";
import { textOf, textsOf } from "#weir/gguf/gguf-file.js";
import { readGguf } from "#weir/gguf/read-gguf.js";
import { modelPaths } from "./models.js";
import { type Quantization, qwen3Tensors } from "./qwen3-tensors.js";

const alignment = 32;

/**
 * A GGUF file of a real model's shape that takes no room on the disk: its weights are a hole. llama.cpp reads it and plans with
 * it like the real one, as long as nobody loads it.
 */
export async function writeSparseModel(
  file: string,
  shape: Omit<Qwen3Shape, "ropeBase">,
  quantization: Quantization,
  vocabulary?: number,
): Promise<void> {
  const tensors = qwen3Tensors(shape, quantization, vocabulary);
  const metadata = qwen3Metadata("sparse", 0, { ...shape, ropeBase: 1e6 }, await readVocabulary(vocabulary));
  // Of a cut vocabulary, the ids of the special tokens are cut off too.
  const fitted = metadata.map(([key, value]) => {
    const isCut = vocabulary !== undefined && key.endsWith("_token_id");
    return [key, isCut ? { type: "uint32" as const, value: 1 } : value] as const;
  });
  let offset = 0;
  const infos = tensors.map(({ name, dimensions, type, bytes }) => {
    const info = [encodeStrings([name]), uint32(dimensions.length), ...dimensions.map(uint64), uint32(type)];
    const at = offset;
    offset += padded(bytes);
    return Buffer.concat([...info, uint64(at)]);
  });
  const header = Buffer.concat([
    ...[Buffer.from("GGUF"), uint32(3), uint64(tensors.length), uint64(fitted.length)],
    ...[encodeMetadata(fitted), ...infos],
  ]);
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, header);
  fs.truncateSync(file, padded(header.length) + offset);
}

async function readVocabulary(count = Number.POSITIVE_INFINITY) {
  const { metadata } = await readGguf(modelPaths.tiny);
  const key = (name: string) => `tokenizer.${name}`;
  const types = metadata.get(key("ggml.token_type"))?.values ?? [];
  return {
    tokens: (textsOf(metadata, key("ggml.tokens")) ?? []).slice(0, count),
    tokenTypes: types.filter((type) => typeof type === "number").slice(0, count),
    merges: textsOf(metadata, key("ggml.merges")) ?? [],
    chatTemplate: textOf(metadata, key("chat_template")) ?? "",
  };
}

function padded(bytes: number): number {
  return Math.ceil(bytes / alignment) * alignment;
}
