import assert from "node:assert/strict";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { test } from "node:test";
import { modelPaths } from "../support/models.js";
import { runWeir } from "./weir.js";

/** What `weir doctor` says of a model after the table of devices. */
function placementOf(modelPath: string, ...flags: string[]): string {
  const { exitCode, stdout, stderr } = runWeir(["doctor", "--gpu", "false", "--model", modelPath, ...flags]);
  assert.equal(exitCode, 0, stderr);
  return stdout.slice(stdout.indexOf(modelPath));
}

test("a model that generates is shown with its slots", () => {
  const text = placementOf(modelPaths.echo, "--parallel", "4", "--ctx-size", "1024");
  assert.match(text, /^\S+ with 4 slots × 1024 tokens, in GiB\n/);
});

for (const [what, modelPath] of [
  ["a model that embeds", modelPaths.tinyEmbedding],
  ["a reranker", modelPaths.tinyRerank],
] as const) {
  test(`${what} is shown with the cache of one batch of texts, however many slots are asked for`, () => {
    const few = placementOf(modelPath, "--parallel", "1", "--ctx-size", "8192");
    const many = placementOf(modelPath, "--parallel", "60", "--ctx-size", "8192");
    assert.match(few, /^\S+ with texts of 8192 tokens, in GiB\n/);
    assert.equal(many.replace(/\S+\n/g, ""), few.replace(/\S+\n/g, "")); // but for what is free after
  });
}

test("what does not fit is refused with the numbers and what fits, which then does", () => {
  const refused = placementOf(modelPaths.small, "--parallel", "200", "--memory-limit", "6GiB");
  const [, slots] = /It does not fit: CPU lacks .* this fits: --parallel (\d+), or /.exec(refused) ?? [];
  assert.ok(Number(slots) > 8, refused);
  const fitting = placementOf(modelPaths.small, "--parallel", slots ?? "", "--memory-limit", "6GiB");
  assert.match(fitting, /\nIt fits\./);
});

test("auto takes as many slots as fit, and as long a context", () => {
  const limit = ["--memory-limit", "6GiB"];
  const slots = placementOf(modelPaths.small, "--parallel", "auto", "--ctx-size", "8192", ...limit);
  assert.match(slots, /^\S+ with \d\d slots × 8192 tokens, in GiB\n/);
  const tokens = placementOf(modelPaths.small, "--parallel", "100", "--ctx-size", "auto", ...limit);
  const [, found] = /^\S+ with 100 slots × (\d+) tokens/.exec(tokens) ?? [];
  assert.ok(Number(found) > 1024 && Number(found) < 8192, tokens);
});

test("each model of a table is located, checked and planned, one that can't be served too, and all of the start together", (context) => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "weir-doctor-"));
  context.after(() => fs.rmSync(folder, { recursive: true }));
  const file = path.join(folder, "weir.yaml");
  const broken = path.join(folder, "broken.gguf");
  fs.writeFileSync(broken, "GGUF");
  const lines = [
    "gpu: false",
    "ctx-size: 512",
    "memory-limit: 300MiB",
    "models:",
    `  main: {model: ${modelPaths.echo}, parallel: 3}`,
    `  broken: {model: ${broken}}`,
    `  lazy: {model: ${modelPaths.echo}, load: demand, parallel: 4}`,
    "  elsewhere: {model: qwen3-32b:Q4_K_M, load: demand}",
    `  vectors: {model: ${modelPaths.tinyEmbedding}}`,
    `  large: {model: ${modelPaths.small}, load: demand}`,
  ];
  fs.writeFileSync(file, `${lines.join("\n")}\n`);
  const { exitCode, stdout, stderr } = runWeir([
    "doctor",
    "--config",
    file,
    "--models-dir",
    path.join(folder, "none"),
  ]);
  const [, ...sections] = stdout.slice(stdout.indexOf("\nDevices")).trimEnd().split("\n\n");
  const expected = [
    /^main \(loaded at the start\): \S+ with 3 slots × 512 tokens, in GiB\n[\s\S]*\nIt fits\./,
    /^broken \(loaded at the start\): \S+broken\.gguf[^\n]+$/,
    /^lazy \(loaded on demand\): \S+ with 4 slots × 512 tokens, in GiB\n[\s\S]*\nIt fits\./,
    /^elsewhere \(loaded on demand\): qwen3-32b:Q4_K_M is not in [^\n]+weir models pull[^\n]+$/,
    /^vectors \(loaded at the start\): \S+ with texts of 512 tokens, in GiB\n[\s\S]*\nIt fits\./,
    /^large \(loaded on demand\): [\s\S]*\nIt does not fit: CPU lacks /,
    /^main, vectors together, since all are loaded at the start, in GiB\n[\s\S]*\nThey fit\.$/,
  ];
  assert.equal(sections.length, expected.length, stdout);
  for (const [index, pattern] of expected.entries()) assert.match(sections[index] ?? "", pattern);
  assert.deepEqual([exitCode, stderr], [1, "weir: 2 of 6 models can't be served: broken, elsewhere\n"]);
});
