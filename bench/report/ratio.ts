import type { ContenderResult, ScenarioResult } from "../scenario-result.js";
import type { Headline } from "../scenarios/scenario.js";

/** Weir / llama-server, one for each round in which both were measured; empty where one of them was not. */
export function ratios({ contenders }: ScenarioResult, headline: Headline): number[] {
  const weir = first(contenders, "weir");
  const peer = first(contenders, "llama-server");
  if (weir === undefined || peer === undefined) return [];
  return weir.rounds.flatMap((measurement, round) => {
    const other = peer.rounds[round];
    return other === undefined ? [] : [headline.of(measurement) / headline.of(other)];
  });
}

function first(contenders: readonly ContenderResult[], peer: string): ContenderResult | undefined {
  return contenders.find((contender) => contender.peer === peer);
}
