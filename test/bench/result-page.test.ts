import assert from "node:assert/strict";
import { test } from "node:test";
import { residentMemory } from "../../bench/measurement.js";
import { summarize } from "../../bench/metrics/load-summary.js";
import { markdownTable } from "../../bench/report/markdown-table.js";
import { formatNumber, formatSpread } from "../../bench/report/number-format.js";
import { renderResult } from "../../bench/report/result-page.js";
import type { ContenderResult, ScenarioResult } from "../../bench/scenario-result.js";
import { scenarioNamed } from "../../bench/scenarios/index.js";
import { answer } from "./answer-builder.js";

const scenario = scenarioNamed("closed-loop");

/** A contender whose rounds took so long for the same three tokens. */
function contender(
  peer: "weir" | "llama-server",
  wallsMs: readonly number[],
  error: string | null = null,
): ContenderResult {
  const rounds = wallsMs.map((wallMs) => ({
    summary: summarize(
      { wallMs, answers: [answer(), answer({ error })], generatorCpuMs: 1 },
      scenario.limits,
    ),
    figures: {},
    counters: {},
    server: { commandLine: peer, cpuMs: 1, memory: residentMemory([1]) },
  }));
  return { peer, label: peer, slots: 60, contextTokens: 512, rounds };
}

function resultOf(contenders: readonly ContenderResult[]): ScenarioResult {
  return {
    scenario: scenario.name,
    rig: "tiny",
    measuredAt: "2026-11-24T00:00:00.000Z",
    commit: "abc1234",
    machine: {
      cpu: "CPU",
      cores: 2,
      memoryBytes: 2 ** 34,
      gpus: [],
      system: "Linux",
      node: "20",
      nodeLlamaCpp: "3",
      llamaCpp: "0.5",
      variant: "linux-x64",
      loadBefore: 0,
    },
    effort: { share: 1, soakMinutes: 10 },
    threads: 0,
    contenders,
  };
}

/** The table's first row: answer tokens a second. */
function firstRow(contenders: readonly ContenderResult[]): string {
  return (
    renderResult(resultOf(contenders))
      .split("\n")
      .find((line) => line.startsWith("| answer tok/s")) ?? ""
  );
}

test("a row has each contender's median and spread, the ratio within a round, and what is wanted", () => {
  const row = firstRow([contender("weir", [30, 20, 10]), contender("llama-server", [60, 60, 60])]);
  assert.equal(row, "| answer tok/s | 300 (200-600) | 100 (100-100) | **3.00 (2.00-6.00)** | ≥ 1.8 |");
});

test("without the other peer there is no ratio", () => {
  assert.equal(firstRow([contender("weir", [30])]), "| answer tok/s | 200 |  | ≥ 1.8 |");
});

test("errors are counted over all rounds", () => {
  const page = renderResult(resultOf([contender("weir", [30, 20], "500: no")]));
  assert.match(page, /^\| errors \| 2 \|/m);
});

test("a number that is none is a dash", () => {
  assert.deepEqual([formatNumber(Number.NaN, 1), formatSpread([1, Number.NaN], 0)], ["–", "–"]);
});

test("numbers have thousands and digits", () => {
  assert.equal(formatNumber(1234.56, 1), "1,234.6");
});

test("a table's numbers stand to the right", () => {
  assert.equal(markdownTable(["", "a"], [["x", "1"]]), "|  | a |\n|---|---:|\n| x | 1 |");
});
