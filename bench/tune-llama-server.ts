/**
 * Looks for llama-server's best setting: one scenario with each set of flags, in turn.
 *
 *   node build/js/bench/tune-llama-server.js <rig> <scenario> <share> <rounds> "<flags>" "<flags>" …
 */
import { openVariant } from "#weir/llama/variant.js";
import { LoadGenerator } from "./load/load-generator.js";
import { measureServer } from "./measure-server.js";
import type { Measurement } from "./measurement.js";
import { startLlamaServer } from "./peers/llama-server.js";
import { buildLlamaServer } from "./peers/llama-server-build.js";
import { formatSpread } from "./report/number-format.js";
import { rigNames } from "./rig.js";
import { scenarioNamed } from "./scenarios/index.js";

const [rigName, scenarioName = "", share = "1", rounds = "1", ...flagSets] = process.argv.slice(2);
const rig = rigNames.find((name) => name === rigName);
if (rig === undefined) throw new Error(`the rig is one of ${rigNames.join(", ")}, not "${rigName}"`);
const scenario = scenarioNamed(scenarioName);
const contender = scenario.contenders.find(({ peer }) => peer === "llama-server");
if (contender === undefined) throw new Error(`${scenarioName} has no llama-server`);

const variant = await openVariant("auto", () => {});
const build = buildLlamaServer(variant.name, (line) => console.error(line));
const generator = new LoadGenerator();
const results = new Map<string, Measurement[]>(flagSets.map((flags) => [flags, []]));
try {
  for (let round = 0; round < Number(rounds); round++) {
    const job = scenario.job({ rig, round, share: Number(share), soakMinutes: 1 });
    for (const flags of flagSets) {
      const { slots, contextTokens } = contender;
      const setup = {
        ...{ rig, slots, contextTokens, threads: 0 },
        flags: flags.split(" ").filter((word) => word !== ""),
      };
      const server = await startLlamaServer(build, setup);
      const measured = await measureServer(server, slots, scenario, job, generator).finally(server.stop);
      results.get(flags)?.push(measured);
    }
  }
} finally {
  await generator.close();
}
for (const [flags, rounds] of results) {
  const cells = scenario.headlines.map(
    ({ title, digits, of }) => `${title} ${formatSpread(rounds.map(of), digits)}`,
  );
  console.log(`${rig} ${scenarioName} "${flags}": ${cells.join("; ")}`);
}
