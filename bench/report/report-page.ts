import type { ScenarioResult } from "../scenario-result.js";
import type { Machine } from "./machine.js";
import { latencyPlot, type Plot, ratioPlot } from "./plots.js";
import { renderResult } from "./result-page.js";

/** All pictures of a machine's results. */
export function plotsOf(results: readonly ScenarioResult[]): Plot[] {
  return [ratioPlot(results), ...results.map(latencyPlot)].flatMap((plot) => plot ?? []);
}

/**
 * All results of one machine in Markdown.
 *
 * @param folder where the pictures lie, seen from the page, with its slash: `results/this-machine/`
 */
export function renderReport(results: readonly ScenarioResult[], folder: string): string {
  const [first] = results;
  if (first === undefined) return "No results yet.\n";
  const picture = (plot: Plot | null): string[] =>
    plot === null ? [] : [`![${plot.alt}](${folder}${plot.file})`, ""];
  const pages = results.flatMap((result) => [renderResult(result), ...picture(latencyPlot(result))]);
  return [...describe(first.machine), "", ...picture(ratioPlot(results)), ...pages].join("\n");
}

function describe(machine: Machine): string[] {
  const gib = (machine.memoryBytes / 2 ** 30).toFixed(1);
  return [
    `- ${[machine.cpu, ...machine.gpus].join(", ")}; ${machine.cores} cores, ${gib} GiB, ${machine.system}`,
    `- Node.js ${machine.node}, node-llama-cpp ${machine.nodeLlamaCpp}, llama.cpp ${machine.llamaCpp} (${machine.variant})`,
    "- medians of the rounds; in brackets the least and the most; ratios are taken within a round",
  ];
}
