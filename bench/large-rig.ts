import fs from "node:fs";
import path from "node:path";
import {
  qwen3Shape32B,
  type RandomModelShape,
  randomModelBytes,
  readVocabulary,
  type Vocabulary,
  writeRandomModel,
} from "#weir/builder/index.js";
import { projectDirectory } from "#weir/llama/addon.js";
import { isLarge, type LargeRigName, type RigName, rigPath } from "./rig.js";

const shapes: Readonly<Record<LargeRigName, RandomModelShape>> = {
  "qwen3-32b-q8_0": qwen3Shape32B("q8_0"),
  "qwen3-32b-q4_k": qwen3Shape32B("q4_k"),
};

/** The disk has no room for a model. The message has the numbers. */
export class NoRoom extends Error {}

/**
 * Writes the rigs that are missing and that setup does not make. Minutes, and tens of gigabytes: they are streamed to the
 * disk and never in memory.
 *
 * @throws NoRoom before anything is written
 */
export async function buildLargeRigs(rigs: Iterable<RigName>, say: (line: string) => void): Promise<void> {
  const missing = [...new Set(rigs)].filter(isLarge).filter((rig) => !fs.existsSync(rigPath(rig)));
  if (missing.length === 0) return;
  const vocabulary = await qwenVocabulary();
  for (const rig of missing) {
    const file = rigPath(rig);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    requireRoom(file, randomModelBytes(shapes[rig], vocabulary.tokens.length));
    say(`writing ${file}, some minutes`);
    await writeRandomModel(file, vocabulary, shapes[rig]);
  }
}

/**
 * @param bytes of the file
 * @throws NoRoom
 */
export function requireRoom(file: string, bytes: number): void {
  const { bavail, bsize } = fs.statfsSync(path.dirname(file));
  const freeBytes = bavail * bsize;
  if (freeBytes >= bytes * 1.02) return; // vocabulary and norms, and what others write meanwhile
  const gb = (count: number): string => (count / 1e9).toFixed(1);
  throw new NoRoom(
    `${path.basename(file)} takes ${gb(bytes)} GB, and ${path.dirname(file)} has ${gb(freeBytes)} GB; set WEIR_CACHE to a folder with room`,
  );
}

/** As native/build.mjs unpacks it. */
export function qwenVocabulary(): Promise<Vocabulary> {
  const models = path.join(projectDirectory, "native", "build", "llama.cpp", "models");
  const template = path.join(models, "templates", "Qwen-Qwen3-0.6B.jinja");
  return readVocabulary(path.join(models, "ggml-vocab-qwen2.gguf"), template);
}
