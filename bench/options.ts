import path from "node:path";
import { parseArgs } from "node:util";
import { projectDirectory } from "#weir/llama/addon.js";
import { type RigName, rigNames } from "./rig.js";

export interface BenchOptions {
  readonly models: readonly RigName[];
  readonly rounds: number;
  readonly requests: number;
  /** Compute threads; 0 takes what the server would. */
  readonly threads: number;
  /** Where the result files go. */
  readonly resultsFolder: string;
  /** For their names: `closed-loop`, and what differs from the standard run, so that no trial replaces it. */
  readonly label: string;
  /** Whether only the number of rounds was chosen: such a result goes into bench/README.md. */
  readonly isStandard: boolean;
}

/** A command line that can't be understood. The message says what would be right. */
export class UsageError extends Error {}

export const usage = `npm run bench -- [option …]

The in-process closed loop beside the limit of the bare engine loop; some minutes on two cores.

  --model tiny|small|all   which models (all)
  --rounds <number>        how often both are measured, in turn (3)
  --requests <number>      requests of a round (180)
  --threads <number>       compute threads (0: as the server)
  --results <folder>       where the result files go (bench/results)
  --help                   this text
`;

const standard = { model: "all", rounds: "3", requests: "180", threads: "0" } as const;

const standardLabel = "closed-loop";

const standardResultsFolder = path.join(projectDirectory, "bench", "results");

/** @returns null where help is asked for */
export function parseOptions(flags: readonly string[]): BenchOptions | null {
  const values = parseFlags(flags);
  if (values.help) return null;
  const { model, requests, threads, results } = values;
  const differences = [
    model === standard.model ? "" : `-${model}`,
    requests === standard.requests ? "" : `-${requests}-requests`,
    threads === standard.threads ? "" : `-${threads}-threads`,
  ];
  const label = standardLabel + differences.join("");
  return {
    models: modelsOf(model),
    rounds: wholeNumber("--rounds", values.rounds, 1),
    requests: wholeNumber("--requests", requests, 1),
    threads: wholeNumber("--threads", threads, 0),
    resultsFolder: results === undefined ? standardResultsFolder : path.resolve(results),
    label,
    isStandard: label === standardLabel && results === undefined,
  };
}

function parseFlags(flags: readonly string[]) {
  try {
    return parseArgs({
      args: [...flags],
      options: {
        model: { type: "string", default: standard.model },
        rounds: { type: "string", default: standard.rounds },
        requests: { type: "string", default: standard.requests },
        threads: { type: "string", default: standard.threads },
        results: { type: "string" },
        help: { type: "boolean", short: "h", default: false },
      },
    }).values;
  } catch (thrown) {
    throw new UsageError(thrown instanceof Error ? thrown.message : String(thrown));
  }
}

function modelsOf(choice: string): readonly RigName[] {
  if (choice === "all") return rigNames;
  const model = rigNames.find((name) => name === choice);
  if (model === undefined)
    throw new UsageError(`--model takes ${rigNames.join(", ")} or all, not "${choice}"`);
  return [model];
}

function wholeNumber(flag: string, text: string, least: number): number {
  const number = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (number >= least) return number;
  throw new UsageError(`${flag} takes a whole number of at least ${least}, not "${text}"`);
}
