import { WeirError } from "../errors.js";
import { type GgufFile, numberOf } from "./gguf-file.js";
import { readGguf } from "./read-gguf.js";
import { maxTensors } from "./read-tensors.js";
import { ggufRefusal } from "./refusal.js";
import { allShardNames, parseShardName, shardEnding } from "./shard-name.js";

/**
 * The files of a model of which this is the first: itself, and the others where it is split, without their metadata.
 *
 * @throws WeirError `model_load_failed` where one is missing, damaged, or another model's
 */
export async function readShards(first: GgufFile): Promise<readonly GgufFile[]> {
  const count = numberOf(first.metadata, "split.count") ?? 1;
  if (count <= 1) return [first];
  requireShort(first, "split.count");
  const name = parseShardName(first.path);
  if (name === null || name.parts !== count) {
    throw ggufRefusal(
      first.path,
      `split.count is ${count}, and the file's name does not end in ${shardEnding(1, count)}`,
    );
  }
  const place = numberOf(first.metadata, "split.no") ?? 0;
  if (place !== 0) {
    const given = `${first.path}: this is file ${place + 1} of ${count} of a split model`;
    throw new WeirError("model_load_failed", `${given}; name the path of its first one`);
  }
  requireNumber(first, 0);
  const files = [first];
  let tensors = first.tensors.length;
  for (const path of allShardNames(name).slice(1)) {
    const shard = await readGguf(path);
    requireNumber(shard, files.length);
    files.push({ ...shard, metadata: new Map() });
    tensors += shard.tensors.length;
    if (tensors > maxTensors) {
      throw ggufRefusal(
        shard.path,
        `with it there are ${tensors} tensors, and ${maxTensors} at most can be right`,
      );
    }
  }
  requireTensors(first, files);
  return files;
}

/** llama.cpp asserts the type of it. */
function requireShort(file: GgufFile, key: string): void {
  const type = file.metadata.get(key)?.type;
  if (type !== "uint16") throw ggufRefusal(file.path, `${key} is ${type ?? "missing"}, not uint16`);
}

function requireNumber(file: GgufFile, expected: number): void {
  requireShort(file, "split.no");
  const number = numberOf(file.metadata, "split.no");
  if (number !== expected) throw ggufRefusal(file.path, `split.no is ${number} instead of ${expected}`);
}

function requireTensors(first: GgufFile, files: readonly GgufFile[]): void {
  const names = files.flatMap(({ tensors }) => tensors.map(({ name }) => name));
  const expected = numberOf(first.metadata, "split.tensors.count");
  if (expected !== null && expected !== names.length) {
    throw ggufRefusal(
      first.path,
      `split.tensors.count is ${expected}, and the files have ${names.length} tensors`,
    );
  }
  const seen = new Set<string>();
  const repeated = names.find((name) => seen.size === seen.add(name).size);
  if (repeated !== undefined) throw ggufRefusal(first.path, `two of its files have the tensor ${repeated}`);
}
