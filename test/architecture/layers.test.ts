import assert from "node:assert/strict";
import { test } from "node:test";
import { type Import, layerOf, type SourceFile, sourceFiles } from "./source-file.js";

/**
 * What each layer may import besides itself and errors.ts. `engine types` is for what the compiler erases: the server
 * knows what the engine's answers look like and never runs its code, which lives in another thread.
 */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  "errors.ts": [],
  builder: [],
  gguf: [],
  engine: [],
  gate: [],
  keys: ["gate", "builder/atomic-file.ts"],
  telemetry: ["engine types", "engine/bucket-counts.ts"],
  chat: ["engine types", "prompt types"],
  // What is planned has llama.cpp's words, and needs none of its code.
  placement: ["gguf", "llama/options.ts", "llama types"],
  llama: ["engine"],
  // Of the engine only the table of the vocabulary's texts, which is both threads' own.
  prompt: ["llama", "chat", "engine/detokenizer.ts", "engine types"],
  registry: ["llama", "prompt", "engine", "gguf", "placement"],
  api: ["chat", "gate types", "prompt types", "registry types", "engine types"],
  server: [
    ...["api", "chat", "gate", "keys", "telemetry", "prompt types", "registry types", "engine types"],
    // What is told of an answer that no engine was asked for.
    "engine/lost-outcome.ts",
    // What several engines of a model have counted is added up.
    "engine/engine-counters.ts",
  ],
  // Of llama only the lists of values that its options take.
  config: ["llama/options.ts", "telemetry"],
  library: ["config", "llama", "builder/atomic-file.ts", "gguf/shard-name.ts"],
  cli: [
    "library",
    "config",
    "server",
    "gate",
    "gguf",
    "placement",
    "keys",
    "registry",
    "telemetry",
    "llama",
    "prompt",
    "engine",
    "chat",
    "api",
    "builder",
  ],
  "main.ts": ["cli"],
};

const files = sourceFiles();

/** `importer → target`, for every import that `isWrong` finds. */
function wrongImports(isWrong: (file: SourceFile, imported: Import) => boolean): string[] {
  return files.flatMap((file) =>
    file.imports
      .filter((imported) => isWrong(file, imported))
      .map(({ target }) => `${file.path} → ${target}`),
  );
}

function filesWith(pattern: RegExp): string[] {
  return files.filter(({ code }) => pattern.test(code)).map((file) => file.path);
}

test("every folder of src is a layer", () => {
  const unknown = files.map((file) => layerOf(file.path)).filter((layer) => !Object.hasOwn(mayImport, layer));
  assert.deepEqual([...new Set(unknown)], []);
});

test("imports go down only", () => {
  const wrong = wrongImports((file, { target, kind, typeOnly }) => {
    if (kind === "package") return false;
    const [from, to] = [layerOf(file.path), layerOf(target)];
    const allowed = mayImport[from] ?? [];
    const runs = to === from || to === "errors.ts" || allowed.includes(to) || allowed.includes(target);
    return !runs && !(typeOnly && allowed.includes(`${to} types`));
  });
  assert.deepEqual(wrong, []);
});

test("no file imports itself through others", () => {
  const importsByPath = new Map(files.map((file) => [file.path, file.imports.map(({ target }) => target)]));
  const finished = new Set<string>();
  const cycles: string[] = [];
  const visit = (file: string, trail: readonly string[]): void => {
    if (trail.includes(file)) cycles.push([...trail.slice(trail.indexOf(file)), file].join(" → "));
    if (trail.includes(file) || finished.has(file)) return;
    for (const target of importsByPath.get(file) ?? []) visit(target, [...trail, file]);
    finished.add(file);
  };
  for (const { path } of files) visit(path, []);
  assert.deepEqual(cycles, []);
});

test("the engine imports no package", () => {
  const wrong = wrongImports(
    (file, { target, kind }) =>
      layerOf(file.path) === "engine" && kind === "package" && !target.startsWith("node:"),
  );
  assert.deepEqual(wrong, []);
});

test("only llama, and the builder's reader of the vocabulary, import node-llama-cpp", () => {
  const wrong = wrongImports(
    (file, { target }) =>
      target === "node-llama-cpp" &&
      layerOf(file.path) !== "llama" &&
      file.path !== "builder/qwen-vocabulary.ts",
  );
  assert.deepEqual(wrong, []);
});

test("only llama loads the addon", () => {
  const loaders = filesWith(/\bweir\.node\b|\bprocess\.dlopen\b/);
  assert.deepEqual(
    loaders.filter((file) => layerOf(file) !== "llama"),
    [],
  );
});

test("only main.ts reads the command line and ends the process", () => {
  assert.deepEqual(filesWith(/\bprocess\.(argv|exit)\b/), ["main.ts"]);
});
