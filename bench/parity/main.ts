/** `npm run parity`: the same requests to Weir and to llama-server, and every difference. */
import { openVariant } from "#weir/llama/variant.js";
import { Peers } from "../peers/peers.js";
import type { RigName } from "../rig.js";
import type { Topic } from "./request.js";
import { topics } from "./requests/index.js";
import { type Exchange, runRequests } from "./run-requests.js";

const say = (line: string): void => console.error(`[parity] ${line}`);
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(130));

const parts = process.argv.slice(2);
const chosen = topics.map(({ title, requests }) => ({
  title,
  requests: requests.filter(
    ({ name }) => parts.length === 0 || parts.some((part) => `${title} ${name}`.includes(part)),
  ),
}));
const variant = await openVariant("auto", () => {});
const peers = Peers.prepare(["weir", "llama-server"], variant.name, say);
const exchanges: Exchange[] = [];
for (const rig of ["echo", "tiny", "small"] as const) exchanges.push(...(await runRig(rig, chosen)));
console.log(
  `${exchanges.length} exchanges, ${exchanges.filter(({ differences }) => differences.length === 0).length} equal`,
);

async function runRig(rig: RigName, chosen: readonly Topic[]): Promise<Exchange[]> {
  if (!chosen.some(({ requests }) => requests.some((each) => each.rig === rig))) return [];
  const setup = { rig, slots: 4, contextTokens: 8192, threads: 1, flags: [] };
  const [weir, llamaServer] = [await peers.start("weir", setup), await peers.start("llama-server", setup)];
  try {
    const done: Exchange[] = [];
    for (const topic of chosen) {
      say(`${rig}: ${topic.title}`);
      done.push(...(await runRequests(topic, rig, { weir, llamaServer }, show)));
    }
    return done;
  } finally {
    await Promise.all([weir.stop(), llamaServer.stop()]);
  }
}

function show({ topic, request, mode, weir, llamaServer, differences }: Exchange): void {
  if (differences.length === 0) return;
  console.log(`## ${topic} | ${request.name} | ${mode}`);
  for (const difference of differences) {
    console.log(
      `  ${difference.field}\n    weir  ${difference.weir.slice(0, 600)}\n    llama ${difference.llamaServer.slice(0, 600)}`,
    );
    if (difference.field === "status")
      console.log(
        `    weir  ${weir.error ?? weir.failure}\n    llama ${llamaServer.error ?? llamaServer.failure}`,
      );
  }
}
