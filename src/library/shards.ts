import { allShardNames, parseShardName } from "../gguf/shard-name.js";

/** All parts of the split model that this file is a part of, in their order; otherwise the file alone. */
export function shardFiles(file: string): readonly string[] {
  const shard = parseShardName(file);
  return shard === null ? [file] : allShardNames(shard);
}

/** Not the part that llama.cpp is given. */
export function isLaterShard(file: string): boolean {
  return (parseShardName(file)?.part ?? 1) > 1;
}

/** What lets a model see, beside it: nothing that is loaded by itself. */
export function isProjector(file: string): boolean {
  return /mmproj/i.test(file);
}

/**
 * The quantization that a file's name ends with, in capitals: `Qwen3-32B-Q4_K_M.gguf`, `…-q8_0-00001-of-00003.gguf`. Null
 * where it ends with none.
 */
export function quantizationOf(file: string): string | null {
  const stem = (parseShardName(file)?.stem ?? file).replace(/\.gguf$/i, "");
  const [, quantization] =
    /[-._]((?:UD-)?(?:I?Q\d+(?:_[0-9A-Z]+)*|BF16|FP?16|FP?32|MXFP4(?:_MOE)?|TQ\d_\d))$/i.exec(stem) ?? [];
  return quantization?.toUpperCase() ?? null;
}
