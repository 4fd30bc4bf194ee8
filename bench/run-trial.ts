import { messageOf } from "#weir/errors.js";
import type { LoadGenerator } from "./load/load-generator.js";
import { measureLoop } from "./measure-loop.js";
import { measureServer } from "./measure-server.js";
import type { Measurement } from "./measurement.js";
import type { BenchOptions, Trial } from "./options.js";
import type { Peers } from "./peers/peers.js";
import type { Progress } from "./progress.js";
import type { ContenderResult } from "./scenario-result.js";
import { type Contender, isLoop } from "./scenarios/scenario.js";

/** The contenders of a scenario whose peers were chosen and can run here. */
export function contendersOf({ scenario }: Trial, options: BenchOptions, peers: Peers): Contender[] {
  return scenario.contenders.filter(({ peer }) => options.peers.includes(peer) && peers.canRun(peer));
}

export function roundsOf({ scenario }: Trial, { rounds }: BenchOptions): number {
  return Math.min(rounds, scenario.rounds ?? rounds);
}

/**
 * Measures a scenario's contenders in turn, round by round; one that fails is told and left out. Each gets a server of its own for each run, so that nothing of
 * the round before is in a cache and no two servers are in memory at once.
 */
export async function runTrial(
  trial: Trial,
  options: BenchOptions,
  peers: Peers,
  generator: LoadGenerator,
  progress: Progress,
): Promise<ContenderResult[]> {
  const { scenario, rig } = trial;
  const contenders = contendersOf(trial, options, peers);
  const results = new Map<Contender, Measurement[]>(contenders.map((contender) => [contender, []]));
  const roundCount = roundsOf(trial, options);
  for (let round = 0; round < roundCount; round++) {
    const job = scenario.job({ rig, round, ...options.effort });
    for (const [contender, rounds] of results) {
      const { peer, label, slots, contextTokens, flags = [], settings = {} } = contender;
      const place = `${scenario.name} on ${rig}, round ${round + 1} of ${roundCount}: ${label}`;
      const setup = { rig, slots, contextTokens, threads: options.threads, flags, settings };
      const measurement = await progress
        .during(place, `${scenario.name} ${rig} ${label}`, async () => {
          if (isLoop(peer)) return await measureLoop(peer, setup, scenario, job, peers.planLog);
          const server = await peers.start(peer, setup);
          return await measureServer(server, slots, scenario, job, generator).finally(() => server.stop());
        })
        .catch((thrown: unknown) => {
          progress.note(`${place} failed, and is left out: ${messageOf(thrown)}`);
          return null;
        });
      if (measurement === null) {
        results.delete(contender);
        continue;
      }
      const { errors, firstError } = measurement.summary;
      if (errors > 0) progress.note(`${place}: ${errors} errors, the first: ${firstError}`);
      rounds.push(measurement);
    }
  }
  return [...results].map(([contender, rounds]) => ({ ...contender, rounds }));
}
