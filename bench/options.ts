import path from "node:path";
import { parseArgs } from "node:util";
import { projectDirectory } from "#weir/llama/addon.js";
import { type RigName, rigNames } from "./rig.js";
import { scenarios as allScenarios } from "./scenarios/index.js";
import { type Effort, type PeerName, peerNames, type Scenario } from "./scenarios/scenario.js";

/** One scenario on one rig. */
export interface Trial {
  readonly scenario: Scenario;
  readonly rig: RigName;
}

export interface BenchOptions {
  readonly trials: readonly Trial[];
  readonly peers: readonly PeerName[];
  readonly rounds: number;
  /** Compute threads; 0 leaves it to the servers. */
  readonly threads: number;
  readonly effort: Effort;
  /** Where the result files go. */
  readonly resultsFolder: string;
  /** Whether the result may stand in bench/README.md: whole scenarios, all peers, the standard folder. */
  readonly isStandard: boolean;
}

/** A command line that can't be understood. The message says what would be right. */
export class UsageError extends Error {}

/** What a run without flags measures: what can be seen on two cores within ten minutes. */
const quick: readonly (readonly [scenario: string, rig: RigName])[] = [
  ["closed-loop", "tiny"],
  ["few-on-many", "tiny"],
  ["one-user", "tiny"],
  ["long-prompt", "tiny"],
  ["shared-prefix", "tiny"],
  ["multi-turn", "echo"],
];
const quickRounds = 2;
const fullRounds = 5;

const standardResultsFolder = path.join(projectDirectory, "bench", "results");
/** A trial leaves no result in the checkout. */
const trialResultsFolder = path.join(projectDirectory, "build", "bench", "results");

export const usage = `npm run bench -- [option …]

Weir over HTTP beside llama-server, in turn, on the same libraries, models and requests. Without options: a few
scenarios on the smallest models in some minutes.

  --scenario <name,…>   ${allScenarios.map(({ name }) => name).join(", ")}
  --rig <name,…>        ${rigNames.join(", ")} (each scenario's own)
  --peers <name,…>      ${peerNames.join(", ")} (all)
  --rounds <number>     how often each is measured, in turn (${quickRounds}; ${fullRounds} with --all)
  --all                 every scenario on each of its rigs
  --threads <number>    compute threads (0: as the servers would)
  --share <fraction>    do a part of every scenario, 0.1 a tenth: a trial, no result (1)
  --minutes <number>    how long the soak lasts (10)
  --results <folder>    where the result files go (bench/results, trials
                        build/bench/results)
  --help                this text
`;

/** @returns null where help is asked for */
export function parseOptions(flags: readonly string[]): BenchOptions | null {
  const values = parseFlags(flags);
  if (values.help) return null;
  const trials = trialsOf(values.scenario, values.rig, values.all);
  const share = fraction("--share", values.share);
  const peers = listOf("--peers", values.peers, peerNames) ?? peerNames;
  const isStandard =
    share === 1 &&
    values.threads === "0" &&
    values.results === undefined &&
    peers.length === peerNames.length;
  const folder = values.results ?? (isStandard ? standardResultsFolder : trialResultsFolder);
  return {
    trials,
    peers,
    rounds: wholeNumber("--rounds", values.rounds ?? String(values.all ? fullRounds : quickRounds), 1),
    threads: wholeNumber("--threads", values.threads, 0),
    effort: { share, soakMinutes: fraction("--minutes", values.minutes, 1440) },
    resultsFolder: path.resolve(folder),
    isStandard,
  };
}

function trialsOf(scenarioList: string | undefined, rigList: string | undefined, all: boolean): Trial[] {
  const names = allScenarios.map(({ name }) => name);
  const chosenRigs = listOf("--rig", rigList, rigNames);
  const chosen = listOf("--scenario", scenarioList, names);
  const everyTrial = allScenarios.flatMap((scenario) =>
    (chosenRigs ?? scenario.rigs).map((rig) => ({ scenario, rig })),
  );
  if (all) return everyTrial;
  if (chosen !== null) return everyTrial.filter(({ scenario }) => chosen.includes(scenario.name));
  return everyTrial.filter(({ scenario, rig }) =>
    quick.some(([name, quickRig]) => name === scenario.name && (chosenRigs !== null || rig === quickRig)),
  );
}

function parseFlags(flags: readonly string[]) {
  try {
    return parseArgs({
      args: [...flags],
      options: {
        scenario: { type: "string" },
        rig: { type: "string" },
        peers: { type: "string" },
        rounds: { type: "string" },
        all: { type: "boolean", default: false },
        threads: { type: "string", default: "0" },
        share: { type: "string", default: "1" },
        minutes: { type: "string", default: "10" },
        results: { type: "string" },
        help: { type: "boolean", short: "h", default: false },
      },
    }).values;
  } catch (thrown) {
    throw new UsageError(thrown instanceof Error ? thrown.message : String(thrown));
  }
}

/** Null where nothing was chosen. */
function listOf<Name extends string>(
  flag: string,
  list: string | undefined,
  names: readonly Name[],
): readonly Name[] | null {
  if (list === undefined) return null;
  return list.split(",").map((word) => {
    const name = names.find((candidate) => candidate === word.trim());
    if (name === undefined) throw new UsageError(`${flag} takes ${names.join(", ")}, not "${word}"`);
    return name;
  });
}

function wholeNumber(flag: string, text: string, least: number): number {
  const number = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (number >= least) return number;
  throw new UsageError(`${flag} takes a whole number of at least ${least}, not "${text}"`);
}

function fraction(flag: string, text: string, most = 1): number {
  const number = /^\d*\.?\d+$/.test(text) ? Number(text) : Number.NaN;
  if (number > 0 && number <= most) return number;
  throw new UsageError(`${flag} takes a number above 0 and up to ${most}, not "${text}"`);
}
