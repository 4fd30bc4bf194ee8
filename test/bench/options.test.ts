import assert from "node:assert/strict";
import { test } from "node:test";
import { type BenchOptions, parseOptions, UsageError } from "../../bench/options.js";

function trialsOf(...flags: string[]): string[] {
  const trials = parseOptions(flags)?.trials ?? [];
  return trials.map(({ scenario, rig }) => `${scenario.name} ${rig}`);
}

function optionsOf(...flags: string[]): Partial<BenchOptions> {
  return parseOptions(flags) ?? {};
}

test("a scenario is measured on its own rigs", () => {
  assert.deepEqual(trialsOf("--scenario", "closed-loop"), ["closed-loop tiny", "closed-loop small"]);
});

test("scenarios and rigs can be chosen", () => {
  assert.deepEqual(trialsOf("--scenario", "burst,one-user", "--rig", "small"), [
    "one-user small",
    "burst small",
  ]);
});

test("without a choice the quick ones are measured, each on one rig", () => {
  const trials = trialsOf();
  assert.ok(trials.includes("closed-loop tiny") && !trials.includes("closed-loop small"), trials.join());
});

test("all scenarios are measured in five rounds", () => {
  assert.equal(optionsOf("--all").rounds, 5);
});

test("a part of a scenario is no result for the checkout", () => {
  const { isStandard, resultsFolder } = optionsOf("--share", "0.1");
  assert.deepEqual([isStandard, resultsFolder?.endsWith("build/bench/results")], [false, true]);
});

test("more rounds are still a result for the checkout", () => {
  assert.equal(optionsOf("--rounds", "7").isStandard, true);
});

test("help is no measurement", () => {
  assert.equal(parseOptions(["--help"]), null);
});

for (const flags of [
  ["--rig", "huge"],
  ["--scenario", "closed-loop,open"],
  ["--peers", "vllm"],
  ["--rounds", "0"],
  ["--threads", "two"],
  ["--share", "2"],
  ["--frobnicate"],
]) {
  test(`${flags.join(" ")} is refused`, () => {
    assert.throws(() => parseOptions(flags), UsageError);
  });
}
