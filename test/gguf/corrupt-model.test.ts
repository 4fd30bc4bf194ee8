import assert from "node:assert/strict";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { modelPaths } from "../support/models.js";
import { randomNumbers } from "../support/random.js";
import { type Damage, damageText, flip } from "./damage.js";
import { type DamageRun, runDamages, type Trial } from "./damage-run.js";
import { writeSmallModel } from "./small-model.js";

/** Every bit of the first 4,096 bytes, and every byte of the echo model's: some ten minutes instead of half of one. */
const everything = "WEIR_EVERY_BIT" in process.env;

const firstBytes = 4096;

let folder: string;
let small: string;

before(async () => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "weir-corrupt-"));
  small = path.join(folder, "small.gguf");
  await writeSmallModel(small);
});

after(() => fs.rmSync(folder, { recursive: true }));

const run = (
  model: string,
  damages: readonly Damage[],
  how: DamageRun["how"] = "checked",
): Promise<Trial[]> => runDamages({ model, copy: path.join(folder, "copy.gguf"), damages, how });

const everyByte = (stride: number): Damage[] =>
  Array.from({ length: Math.ceil(firstBytes / stride) }, (_, index) => flip(index * stride, 0xff));

/** Ends spread over the file. */
function ends(bytes: number, count: number): Damage[] {
  return Array.from({ length: count }, (_, index) => ({
    kind: "end" as const,
    at: Math.floor((index * bytes) / count),
  }));
}

/** Refused by an error that names the file and has the code, or served: never a crash. */
function assertNoCrash(trials: readonly Trial[]): void {
  const wrong = trials.filter(({ verdict }) => {
    if (verdict.by === "nobody") return false;
    if (verdict.by === "crash") return true;
    return verdict.code !== "model_load_failed" || !verdict.message.includes("copy.gguf");
  });
  assert.deepEqual(
    wrong.map(({ damage, verdict }) => `${damageText(damage)}: ${JSON.stringify(verdict)}`),
    [],
  );
}

function assertRefused(trials: readonly Trial[]): void {
  const taken = trials.filter(({ verdict }) => verdict.by !== "check");
  assert.deepEqual(
    taken.map(({ damage }) => damageText(damage)),
    [],
  );
}

test("one process takes 4,096 damaged files and 100 short ones, refuses what can't be right, and has its memory back", async () => {
  const bytes = fs.statSync(small).size;
  const trials = await run(small, [...everyByte(1), ...ends(bytes, 100)]);
  assertNoCrash(trials);
  assertRefused(trials.slice(firstBytes));
  const left = trials.filter(({ alive }) => alive === null || alive.models + alive.contexts > 0);
  assert.deepEqual(left, []);
  // A context has 4 MB, and a thousand are made: one lost in twenty would be 200 MB.
  const settled = trials[1000]?.rssBytes ?? 0;
  const grown = (trials.at(-1)?.rssBytes ?? 0) - settled;
  assert.ok(grown < 100e6, `grew by ${(grown / 1e6).toFixed(0)} MB`);
});

test("single bits, several bytes at once and numbers at their limits crash nothing either", async () => {
  const stride = everything ? 1 : 41;
  const bits = Array.from({ length: (8 * firstBytes) / stride }, (_, index) => index * stride).map((bit) =>
    flip(bit >> 3, 1 << (bit & 7)),
  );
  const below = randomNumbers(1);
  const several = Array.from(
    { length: everything ? 8000 : 600 },
    (): Damage => ({
      kind: "flips",
      flips: Array.from({ length: 2 + below(5) }, () => ({ at: below(firstBytes), mask: 1 + below(255) })),
    }),
  );
  const limits = [
    [0, 0, 0, 0],
    [255, 255, 255, 255],
    [255, 255, 255, 127],
    [0, 0, 192, 127],
  ];
  const numbers = Array.from(
    { length: everything ? 4 * firstBytes : 600 },
    (_, index): Damage => ({
      kind: "set",
      at: everything ? index >> 2 : below(firstBytes),
      bytes: limits[index & 3] ?? [],
    }),
  );
  assertNoCrash(await run(small, [...bits, ...several, ...numbers]));
});

test("a server's own threads take damaged models too, and end", async () => {
  const trials = await run(small, everyByte(everything ? 4 : 59), "served");
  assertNoCrash(trials);
  const left = trials.filter(({ alive }) => alive === null || alive.models + alive.contexts > 0);
  assert.deepEqual(left, []);
});

test("the echo model's damaged copies are refused or served", async () => {
  const bytes = fs.statSync(modelPaths.echo).size;
  const stride = everything ? 32 : 409;
  const trials = await run(modelPaths.echo, [...everyByte(stride), ...ends(bytes, everything ? 100 : 6)]);
  assertNoCrash(trials);
  assertRefused(trials.filter(({ damage }) => damage.kind === "end"));
});

test("without the check, a damaged file ends the process", async () => {
  const key = Buffer.from("qwen3.attention.layer_norm_rms_epsilon");
  const bytes = fs.readFileSync(small);
  const sign = bytes.indexOf(key) + key.length + 4 + 3; // of a little-endian float behind the number of its type
  const [unchecked] = await run(small, [flip(sign, 0x80)], "unchecked");
  const [checked] = await run(small, [flip(sign, 0x80)]);
  assert.deepEqual([unchecked?.verdict.by, checked?.verdict.by], ["crash", "check"]);
});
