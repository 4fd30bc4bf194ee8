import type { ScenarioResult } from "../scenario-result.js";
import type { Machine } from "./machine.js";
import { renderResult } from "./result-page.js";

/** All results of one machine in Markdown. */
export function renderReport(results: readonly ScenarioResult[]): string {
  const [first] = results;
  if (first === undefined) return "No results yet.\n";
  return [...describe(first.machine), "", ...results.map(renderResult)].join("\n");
}

function describe(machine: Machine): string[] {
  const gib = (machine.memoryBytes / 2 ** 30).toFixed(1);
  return [
    `- ${[machine.cpu, ...machine.gpus].join(", ")}; ${machine.cores} cores, ${gib} GiB, ${machine.system}`,
    `- Node.js ${machine.node}, node-llama-cpp ${machine.nodeLlamaCpp}, llama.cpp ${machine.llamaCpp} (${machine.variant})`,
    "- medians of the rounds; in brackets the least and the most; ratios are taken within a round",
  ];
}
