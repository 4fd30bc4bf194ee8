import { burst } from "./burst.js";
import { sixtyUsers } from "./closed-loop.js";
import { eightUsers } from "./eight-users.js";
import { fewOnMany } from "./few-on-many.js";
import { layers } from "./layers.js";
import { longPrompt } from "./long-prompt.js";
import { multiTurn } from "./multi-turn.js";
import { oneUser } from "./one-user.js";
import { poisson } from "./poisson.js";
import { replay } from "./replay.js";
import type { Scenario } from "./scenario.js";
import { sharedPrefix } from "./shared-prefix.js";
import { soak } from "./soak.js";

export const scenarios: readonly Scenario[] = [
  sixtyUsers,
  fewOnMany,
  eightUsers,
  oneUser,
  longPrompt,
  sharedPrefix,
  multiTurn,
  poisson,
  burst,
  soak,
  layers,
  replay,
];

/** @throws Error for a name that no scenario has */
export function scenarioNamed(name: string): Scenario {
  const scenario = scenarios.find((candidate) => candidate.name === name);
  if (scenario === undefined) throw new Error(`there is no scenario "${name}"`);
  return scenario;
}
