import fs from "node:fs";
import { modelPaths } from "../support/models.js";

/** Writes the tiny model with one tensor's type changed to I32 (26 in ggml's enumeration), which ggml can't multiply by. */
export function writeModelThatAborts(file: string): void {
  const bytes = fs.readFileSync(modelPaths.tiny);
  const name = Buffer.from("blk.0.attn_norm.weight");
  const dimensions = bytes.indexOf(name) + name.length;
  const type = dimensions + 4 + 8 * bytes.readUInt32LE(dimensions);
  bytes.writeUInt32LE(26, type);
  fs.writeFileSync(file, bytes);
}

/** Writes a tiny model with norms that are not numbers, so that no row of its logits has a largest one. */
export function writeModelWithoutNumbers(file: string, model: string = modelPaths.tiny): void {
  const bytes = fs.readFileSync(model);
  const norm = Buffer.from(new Float32Array(64).fill(1).buffer); // as the builder writes them for 64 dimensions
  for (let at = bytes.indexOf(norm); at !== -1; at = bytes.indexOf(norm, at + norm.length)) {
    bytes.fill(Buffer.from(Float32Array.of(Number.NaN).buffer), at, at + norm.length);
  }
  fs.writeFileSync(file, bytes);
}

/** Writes the tiny model with its chat template under a name that llama.cpp does not look for. */
export function writeModelWithoutTemplate(file: string): void {
  const bytes = fs.readFileSync(modelPaths.tiny);
  bytes.write("tokenizer.xhat_template", bytes.indexOf("tokenizer.chat_template"));
  fs.writeFileSync(file, bytes);
}
