import { eightUsers, oneUser, sixtyUsers } from "./closed-loop.js";
import { fewOnMany } from "./few-on-many.js";
import { longPrompt } from "./long-prompt.js";
import { multiTurn } from "./multi-turn.js";
import type { Scenario } from "./scenario.js";
import { sharedPrefix } from "./shared-prefix.js";

export const scenarios: readonly Scenario[] = [
  sixtyUsers,
  fewOnMany,
  eightUsers,
  oneUser,
  longPrompt,
  sharedPrefix,
  multiTurn,
];

/** @throws Error for a name that no scenario has */
export function scenarioNamed(name: string): Scenario {
  const scenario = scenarios.find((candidate) => candidate.name === name);
  if (scenario === undefined) throw new Error(`there is no scenario "${name}"`);
  return scenario;
}
