import fs from "node:fs";
import path from "node:path";
import { root } from "./step.mjs";

const builderFolder = path.join(root, "dist", "builder");

/** A file, and how the project's model builder writes it. */
export function echoModel(quantization) {
  const file = path.join(root, "models", `echo-${quantization}.gguf`);
  return { file, write: (builder, vocabulary) => builder.writeEchoModel(file, vocabulary, { quantization }) };
}

export function randomModel(name, shape) {
  const file = path.join(root, "build", "models", `${name}.gguf`);
  return { file, write: (builder, vocabulary) => builder.writeRandomModel(file, vocabulary, builder[shape]) };
}

/** Writes the models that are missing or older than the builder. */
export function makeModels(models) {
  return async (progress) => {
    const builtAtMs = Math.max(
      ...fs.readdirSync(builderFolder).map((name) => changedAtMs(path.join(builderFolder, name))),
    );
    const stale = models.filter(({ file }) => changedAtMs(file) < builtAtMs);
    if (stale.length === 0) return "up to date";

    const builder = await import("../dist/builder/index.js");
    const vocabulary = await readVocabulary(builder);
    for (const { file, write } of stale) {
      progress(path.relative(root, file));
      fs.mkdirSync(path.dirname(file), { recursive: true });
      await write(builder, vocabulary);
    }
    return `${stale.length} built`;
  };
}

async function readVocabulary(builder) {
  const { llamaSourceDirectory } = await import("../native/build.mjs");
  const models = path.join(llamaSourceDirectory, "models");
  const template = path.join(models, "templates", "Qwen-Qwen3-0.6B.jinja");
  return builder.readVocabulary(path.join(models, "ggml-vocab-qwen2.gguf"), template);
}

/** A missing file is older than any. */
function changedAtMs(file) {
  return fs.statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? Number.NEGATIVE_INFINITY;
}
