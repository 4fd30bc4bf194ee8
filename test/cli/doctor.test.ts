import assert from "node:assert/strict";
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
