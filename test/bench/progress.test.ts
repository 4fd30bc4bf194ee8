import assert from "node:assert/strict";
import { test } from "node:test";
import { Progress } from "../../bench/progress.js";

async function linesOf(kinds: readonly string[]): Promise<string[]> {
  const lines: string[] = [];
  const progress = new Progress((line) => lines.push(line), kinds);
  for (const kind of kinds) await progress.during(`measuring ${kind}`, kind, async () => {});
  return lines;
}

test("each run says which of how many it is", async () => {
  const lines = await linesOf(["weir", "llama-server"]);
  assert.match(lines[1] ?? "", /^2\/2 {2}measuring llama-server/);
});

test("the first run knows no time left, later ones do", async () => {
  const [first, second] = await linesOf(["weir", "weir"]);
  assert.deepEqual([first?.includes("left"), second?.includes("left")], [false, true]);
});

test("a run that fails is counted too", async () => {
  const lines: string[] = [];
  const progress = new Progress((line) => lines.push(line), ["weir", "weir"]);
  await assert.rejects(progress.during("one", "weir", () => Promise.reject(new Error("no"))));
  await progress.during("two", "weir", async () => {});
  assert.match(lines[1] ?? "", /^2\/2/);
});
