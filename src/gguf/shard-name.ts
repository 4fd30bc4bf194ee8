/** A file of a split model, by its name: `model-00002-of-00005.gguf`. */
export interface ShardName {
  readonly stem: string;
  /** From 1 on. */
  readonly part: number;
  readonly parts: number;
}

/** As llama.cpp writes and reads it (llama_split_path), which takes no other case of letters. */
const pattern = /^(.*)-(\d{5})-of-(\d{5})\.gguf$/s;

/** Null where the name is none of a part, or of a part that can't be. */
export function parseShardName(file: string): ShardName | null {
  const [, stem = "", part, parts] = pattern.exec(file) ?? [];
  const name = { stem, part: Number(part), parts: Number(parts) };
  return name.part >= 1 && name.part <= name.parts ? name : null;
}

/** The names of all parts, in their order. */
export function allShardNames({ stem, parts }: Omit<ShardName, "part">): readonly string[] {
  return Array.from({ length: parts }, (_, index) => `${stem}${shardEnding(index + 1, parts)}`);
}

/** `-00002-of-00005.gguf` */
export function shardEnding(part: number, parts: number): string {
  const [one, all] = [part, parts].map((number) => String(number).padStart(5, "0"));
  return `-${one}-of-${all}.gguf`;
}
