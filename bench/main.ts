/** `npm run bench`: Weir over HTTP beside its peers, in turn. */
import { openVariant } from "#weir/llama/variant.js";
import { buildLargeRigs, NoRoom } from "./large-rig.js";
import { LoadGenerator } from "./load/load-generator.js";
import { type BenchOptions, parseOptions, UsageError, usage } from "./options.js";
import { Peers } from "./peers/peers.js";
import { Progress } from "./progress.js";
import { describeMachine } from "./report/machine.js";
import { currentCommit, renewReadme, writeResult } from "./report/result-file.js";
import { renderResult } from "./report/result-page.js";
import { contendersOf, roundsOf, runTrial } from "./run-trial.js";

/** Above this, others take so much of the machine that the numbers say little: ggml's threads wait for each other. */
const quietLoad = 0.5;

const say = (line: string): void => console.error(`[bench] ${line}`);

// An exit, and not an end without one, so that the peers' processes are ended too.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(130));

try {
  const options = parseOptions(process.argv.slice(2));
  if (options === null) console.log(usage);
  else await run(options);
} catch (error) {
  if (error instanceof NoRoom) {
    console.error(`bench: ${error.message}`);
    process.exitCode = 1;
  } else if (error instanceof UsageError) {
    console.error(`bench: ${error.message}\n\n${usage}`);
    process.exitCode = 2;
  } else {
    throw error;
  }
}

async function run(options: BenchOptions): Promise<void> {
  introduce(options);
  const variant = await openVariant("auto", (level, message) => {
    if (level === "error") say(message);
  });
  const machine = describeMachine(variant);
  if (machine.loadBefore > quietLoad) {
    say(`the machine is busy (load ${machine.loadBefore.toFixed(2)}): take no number of this run for real`);
  }
  await buildLargeRigs(
    options.trials.map(({ rig }) => rig),
    say,
  );
  const peers = Peers.prepare(options.peers, variant.name, say);
  const kinds = options.trials.flatMap((trial) => {
    const labels = contendersOf(trial, options, peers).map(({ label }) => label);
    const one = labels.map((label) => `${trial.scenario.name} ${trial.rig} ${label}`);
    return Array.from({ length: roundsOf(trial, options) }, () => one).flat();
  });
  const progress = new Progress(say, kinds);
  const generator = new LoadGenerator();
  try {
    for (const trial of options.trials) {
      const contenders = await runTrial(trial, options, peers, generator, progress);
      const { effort, threads } = options;
      const about = { scenario: trial.scenario.name, rig: trial.rig, effort, threads, machine };
      const result = { ...about, measuredAt: new Date().toISOString(), commit: currentCommit(), contenders };
      console.log(renderResult(result));
      say(`written to ${writeResult(options.resultsFolder, result)}`);
    }
  } finally {
    await generator.close();
  }
  if (options.isStandard) renewReadme(machine);
}

function introduce({ trials, rounds, resultsFolder }: BenchOptions): void {
  say("Weir over HTTP beside its peers: the same libraries, models and requests, one after the other.");
  say("The same tokens are asked of each; who schedules better wins. Let nothing else run meanwhile.");
  const places = trials.map(({ scenario, rig }) => `${scenario.name} on ${rig}`).join(", ");
  say(`${rounds} round${rounds === 1 ? "" : "s"} of ${places}; results go to ${resultsFolder}.`);
  say("--help says what else can be measured.");
}
