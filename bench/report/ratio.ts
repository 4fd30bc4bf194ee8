import type { ScenarioResult } from "../scenario-result.js";
import { scenarioNamed } from "../scenarios/index.js";
import type { Headline } from "../scenarios/scenario.js";

/** The first compared contender to the other, one ratio for each round; empty where one of them was not measured. */
export function ratios({ scenario, contenders }: ScenarioResult, headline: Headline): number[] {
  const [first, second] = scenarioNamed(scenario).compared.map((name) =>
    contenders.find(({ label }) => label === name),
  );
  if (first === undefined || second === undefined) return [];
  return first.rounds.flatMap((measurement, round) => {
    const other = second.rounds[round];
    return other === undefined ? [] : [headline.of(measurement) / headline.of(other)];
  });
}
