import type { ContenderResult, ScenarioResult } from "../scenario-result.js";
import { scenarioNamed } from "../scenarios/index.js";
import type { Headline } from "../scenarios/scenario.js";
import { markdownTable } from "./markdown-table.js";
import { formatNumber, formatSpread } from "./number-format.js";
import { ratios } from "./ratio.js";

/** One scenario on one rig in Markdown: what was done, and a table with a column for each contender. */
export function renderResult(result: ScenarioResult): string {
  const { contenders, rig } = result;
  const { name, description, headlines, compared } = scenarioNamed(result.scenario);
  const rounds = contenders[0]?.rounds.length ?? 0;
  const header = ["", ...contenders.map(({ label }) => label), ratioTitle(compared), "wanted"];
  const rows = headlines.map((headline) => [
    headline.title,
    ...contenders.map((contender) => formatSpread(valuesOf(contender, headline), headline.digits)),
    ratioCell(result, headline),
    wantedCell(result, headline),
  ]);
  const errors = contenders.map(({ rounds }) =>
    formatNumber(
      rounds.reduce((sum, { summary }) => sum + summary.errors, 0),
      0,
    ),
  );
  return [
    `### ${name} on ${rig}`,
    "",
    `${description}. ${rounds === 1 ? "One round" : `${rounds} rounds`}, ${result.measuredAt}, commit ${result.commit ?? "unknown"}.`,
    "",
    markdownTable(header, [...rows, ["errors", ...errors, "", ""]]),
    "",
    "<details><summary>command lines</summary>",
    "",
    ...contenders.map(({ label, rounds }) => `- ${label}: \`${rounds[0]?.server.commandLine ?? ""}\``),
    "",
    "</details>",
    "",
  ].join("\n");
}

/** The headline's number in each round. */
export function valuesOf({ rounds }: ContenderResult, headline: Headline): number[] {
  return rounds.map((measurement) => headline.of(measurement));
}

function ratioTitle([label, other = "", ...more]: readonly string[]): string {
  return more.length === 0 ? `${label} / ${other}` : `${label} / the best of ${other}`;
}

function ratioCell(result: ScenarioResult, headline: Headline): string {
  const values = ratios(result, headline);
  return values.length === 0 ? "" : `**${formatSpread(values, 2)}**`;
}

function wantedCell({ rig, scenario }: ScenarioResult, { better, wantedRatio, wanted }: Headline): string {
  const sign = better === "more" ? "≥" : "≤";
  const ratio = wantedRatio?.[rig];
  if (ratio !== undefined) return `${sign} ${ratio}`;
  return wanted === undefined ? "" : `${scenarioNamed(scenario).compared[0]} ${sign} ${wanted}`;
}
