import assert from "node:assert/strict";
import { test } from "node:test";
import { parseOptions, UsageError } from "../../bench/options.js";

test("without options both models are measured in three rounds, as the README shows it", () => {
  const { models, rounds, requests, threads, isStandard } = parseOptions([]) ?? {};
  assert.deepEqual([models, rounds, requests, threads, isStandard], [["tiny", "small"], 3, 180, 0, true]);
});

test("more rounds are still the README's measurement", () => {
  assert.equal(parseOptions(["--rounds", "5"])?.isStandard, true);
});

test("a trial is not the README's measurement", () => {
  assert.equal(parseOptions(["--requests", "20"])?.isStandard, false);
});

test("what differs from the standard run shows in the result's name", () => {
  assert.equal(parseOptions(["--model", "tiny", "--threads", "1"])?.label, "closed-loop-tiny-1-threads");
});

test("help is no measurement", () => {
  assert.equal(parseOptions(["--help"]), null);
});

for (const flags of [["--model", "huge"], ["--rounds", "0"], ["--threads", "two"], ["--frobnicate"]]) {
  test(`${flags.join(" ")} is refused`, () => {
    assert.throws(() => parseOptions(flags), UsageError);
  });
}
