/** Of `model-00002-of-00005.gguf`. */
interface Shard {
  readonly stem: string;
  readonly part: number;
  readonly parts: number;
}

function shardOf(file: string): Shard | null {
  const [, stem = "", part, parts] = /^(.*)-(\d{5})-of-(\d{5})\.gguf$/i.exec(file) ?? [];
  const shard = { stem, part: Number(part), parts: Number(parts) };
  return shard.part >= 1 && shard.part <= shard.parts ? shard : null;
}

/** All parts of the split model that this file is a part of, in their order; otherwise the file alone. */
export function shardFiles(file: string): readonly string[] {
  const shard = shardOf(file);
  if (shard === null) return [file];
  const digits = (number: number): string => String(number).padStart(5, "0");
  return Array.from(
    { length: shard.parts },
    (_, index) => `${shard.stem}-${digits(index + 1)}-of-${digits(shard.parts)}.gguf`,
  );
}

/** Not the part that llama.cpp is given. */
export function isLaterShard(file: string): boolean {
  return (shardOf(file)?.part ?? 1) > 1;
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
  const stem = (shardOf(file)?.stem ?? file).replace(/\.gguf$/i, "");
  const [, quantization] =
    /[-._]((?:UD-)?(?:I?Q\d+(?:_[0-9A-Z]+)*|BF16|FP?16|FP?32|MXFP4(?:_MOE)?|TQ\d_\d))$/i.exec(stem) ?? [];
  return quantization?.toUpperCase() ?? null;
}
