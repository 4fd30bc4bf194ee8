import type { ContenderResult, ScenarioResult } from "../scenario-result.js";
import { scenarioNamed } from "../scenarios/index.js";
import type { Headline } from "../scenarios/scenario.js";

/**
 * The first compared contender to the best of the others, one ratio for each round; empty where none of the others or not
 * the first was measured.
 */
export function ratios(result: ScenarioResult, headline: Headline): number[] {
  const [label, ...others] = scenarioNamed(result.scenario).compared;
  const [first] = named(result, [label]);
  const rivals = named(result, others);
  if (first === undefined || rivals.length === 0) return [];
  return first.rounds.map((measurement, round) => {
    const values = rivals.flatMap(({ rounds }) => rounds.slice(round, round + 1).map(headline.of));
    const best = headline.better === "more" ? Math.max(...values) : Math.min(...values);
    return headline.of(measurement) / best;
  });
}

function named({ contenders }: ScenarioResult, labels: readonly string[]): ContenderResult[] {
  return contenders.filter(({ label }) => labels.includes(label));
}
