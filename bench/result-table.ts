import type { ClosedLoopResult, ModelResult, Round } from "./closed-loop-result.js";
import { median, type Percentiles, spread } from "./percentile.js";

/** A result in Markdown: what it was taken on and with, then a table with a column for each model. */
export function renderResult(result: ClosedLoopResult): string {
  const { models } = result;
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  const rows = metrics.map(([title, cell]) => line([title, ...models.map(cell)]));
  const header = line(["", ...models.map(({ model }) => model)]);
  const rule = `|---|${models.map(() => "---:|").join("")}`;
  return [...conditions(result), "", header, rule, ...rows, ""].join("\n");
}

const metrics: readonly (readonly [title: string, cell: (result: ModelResult) => string])[] = [
  ["Weir in the process, answer tok/s", (model) => range(model, tokensPerSecond)],
  ["limit of the bare engine loop, tok/s", (model) => range(model, (round) => round.limitTokensPerSecond)],
  [
    "**Weir / limit**",
    (model) => `**${range(model, (round) => tokensPerSecond(round) / round.limitTokensPerSecond, 2)}**`,
  ],
  ["TTFT P50 / P95 / P99, ms", (model) => latency(model, ({ weir }) => weir.ttftMs)],
  ["ITL P50 / P95 / P99, ms", (model) => latency(model, ({ weir }) => weir.itlMs)],
  ["graph evaluations per decode step, counted", ({ counted }) => graphsPerStep(counted)],
  ["answer tok/s while graphs are counted", ({ counted }) => number(counted.answerTokensPerSecond)],
  ["answers in a decode pass, mean", (model) => middle(model, ({ weir }) => weir.rowsPerDecodeStep, 1)],
  [
    "padding rows a decode step",
    (model) => middle(model, ({ weir }) => weir.paddingRows / weir.decodeSteps, 2),
  ],
  ["sequence moves a run", (model) => middle(model, ({ weir }) => weir.sequenceMoves)],
  [
    "the engine's own work, of a step's time",
    (model) => `${middle(model, ({ weir }) => weir.ownShare * 100, 1)} %`,
  ],
  ["bare prefill, tok/s", (model) => middle(model, ({ bare }) => bare.prefillTokensPerSecond)],
  ["bare decode of 60 rows, ms", (model) => middle(model, ({ bare }) => bare.decodeMs, 1)],
  ["… without outputs, ms", (model) => middle(model, ({ bare }) => bare.decodeWithoutOutputsMs, 1)],
];

function conditions({ measuredAt, commit, machine, workload, models }: ClosedLoopResult): string[] {
  const gib = (machine.memoryBytes / 2 ** 30).toFixed(1);
  const { promptTokens, answerTokens } = workload;
  const threads = [...new Set(models.map((model) => model.threads))].join(", ");
  const rounds = [...new Set(models.map((model) => model.rounds.length))].join(", ");
  return [
    `- ${measuredAt}, commit ${commit ?? "unknown"}; load of the machine before: ${machine.loadBefore.toFixed(2)}`,
    `- ${[machine.cpu, ...machine.gpus].join(", ")}; ${machine.cores} cores, ${gib} GiB, ${machine.system}`,
    `- Node.js ${machine.node}, node-llama-cpp ${machine.nodeLlamaCpp}, llama.cpp ${machine.llamaCpp} (${machine.variant}), ` +
      `${threads} compute threads`,
    `- ${workload.requests} requests by ${workload.users} users in a closed loop; prompts of ${promptTokens.least}-${promptTokens.most} ` +
      `and answers of ${answerTokens.least}-${answerTokens.most} tokens, evenly drawn, seed ${workload.seed}; ` +
      `${workload.slots} slots × ${workload.contextTokens} tokens, batches of ${workload.batchTokens}`,
    `- medians of ${rounds} rounds, Weir and the bare loop in turn; in brackets the least and the most`,
  ];
}

const tokensPerSecond = ({ weir }: Round): number => weir.answerTokensPerSecond;

function number(value: number, digits = 0): string {
  const rounding = { minimumFractionDigits: digits, maximumFractionDigits: digits };
  return value.toLocaleString("en-US", rounding);
}

function middle({ rounds }: ModelResult, of: (round: Round) => number, digits = 0): string {
  return number(median(rounds.map(of)), digits);
}

function range({ rounds }: ModelResult, of: (round: Round) => number, digits = 0): string {
  const { median, least, most } = spread(rounds.map(of));
  return `${number(median, digits)} (${number(least, digits)}-${number(most, digits)})`;
}

function latency(model: ModelResult, of: (round: Round) => Percentiles): string {
  const fields = ["p50", "p95", "p99"] as const;
  return fields.map((field) => middle(model, (round) => of(round)[field])).join(" / ");
}

function graphsPerStep({ decodeGraphs, decodeSteps }: ModelResult["counted"]): string {
  return `${number(decodeGraphs / decodeSteps, 3)} (${number(decodeGraphs)} / ${number(decodeSteps)})`;
}
