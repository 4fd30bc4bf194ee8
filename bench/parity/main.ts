/** `npm run parity`: the same requests to Weir and to llama-server, and every difference. */
import fs from "node:fs";
import path from "node:path";
import { projectDirectory } from "#weir/llama/addon.js";
import { openVariant } from "#weir/llama/variant.js";
import { Peers } from "../peers/peers.js";
import { describeMachine } from "../report/machine.js";
import { currentCommit } from "../report/result-file.js";
import { type RigName, rigNames } from "../rig.js";
import { type Explanation, explain } from "./explain.js";
import { renderPage } from "./page.js";
import { quotePair } from "./quote.js";
import type { Topic } from "./request.js";
import { topics } from "./requests/index.js";
import { type Exchange, runRequests } from "./run-requests.js";

const usage = `npm run parity -- [part …]

Sends the same requests to Weir and to llama-server, and writes docs/parity.md with every difference and its reason. With
parts, only requests with one of them in their topic or name: a trial, which writes nothing.
Exits with 1 where a difference has no reason, or a reason no difference any more.`;

/** The servers get one compute thread each: with more, ggml's threads spin, and two servers are up side by side. */
const setup = { slots: 4, contextTokens: 8192, threads: 1, flags: [] } as const;
const page = path.join(projectDirectory, "docs", "parity.md");
const say = (line: string): void => console.error(`[parity] ${line}`);

// An exit, and not an end without one, so that the servers are ended too.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(130));

const parts = process.argv.slice(2);
if (parts.some((part) => part.startsWith("-"))) console.log(usage);
else process.exitCode = await run(parts);

async function run(parts: readonly string[]): Promise<number> {
  const variant = await openVariant("auto", (level, message) => {
    if (level === "error") say(message);
  });
  const peers = Peers.prepare(["weir", "llama-server"], variant.name, say);
  if (!peers.canRun("llama-server")) return 1;
  const machine = describeMachine(variant);
  const chosen = chosenTopics(parts);
  const exchanges: Exchange[] = [];
  const commandLines: string[] = [];
  for (const rig of rigNames) {
    if (chosen.some(({ requests }) => requests.some((each) => each.rig === rig))) {
      exchanges.push(...(await runRig(peers, rig, chosen, commandLines)));
    }
  }
  const explanation = explain(exchanges);
  report(exchanges, explanation);
  const { unexplained, stale } = explanation;
  if (parts.length === 0) {
    const facts = { machine, commit: currentCommit(), measuredAt: new Date().toISOString(), commandLines };
    fs.writeFileSync(page, renderPage(facts, exchanges, explanation));
    say(`written to ${path.relative(projectDirectory, page)}`);
  }
  return unexplained.length + stale.length > 0 ? 1 : 0;
}

function chosenTopics(parts: readonly string[]): readonly Topic[] {
  if (parts.length === 0) return topics;
  return topics.map(({ title, requests }) => ({
    title,
    requests: requests.filter(({ name }) => parts.some((part) => `${title} ${name}`.includes(part))),
  }));
}

async function runRig(
  peers: Peers,
  rig: RigName,
  chosen: readonly Topic[],
  commandLines: string[],
): Promise<Exchange[]> {
  const weir = await peers.start("weir", { rig, ...setup });
  const llamaServer = await peers.start("llama-server", { rig, ...setup }).catch(async (thrown: unknown) => {
    await weir.stop();
    throw thrown;
  });
  commandLines.push(weir.commandLine, llamaServer.commandLine);
  const exchanges: Exchange[] = [];
  try {
    for (const topic of chosen) {
      const done = await runRequests(topic, rig, { weir, llamaServer });
      if (done.length > 0) say(`${rig}, ${topic.title}: ${done.length} answers of each`);
      exchanges.push(...done);
    }
  } finally {
    await Promise.all([weir.stop(), llamaServer.stop()]);
  }
  return exchanges;
}

function report(exchanges: readonly Exchange[], { explained, unexplained, stale }: Explanation): void {
  for (const { request, field, modes, weir, llamaServer } of unexplained) {
    const [ours, theirs] = quotePair(weir, llamaServer);
    console.log(
      `no reason: ${request}, ${field} (${modes.join(" and ")})\n  Weir          ${ours}\n  llama-server  ${theirs}`,
    );
  }
  for (const { request, field } of stale) console.log(`no difference any more: ${request}, ${field}`);
  const same = exchanges.filter(({ differences }) => differences.length === 0).length;
  const known = explained.reduce((sum, { differences }) => sum + differences.length, 0);
  console.log(
    `${exchanges.length} answers of each, ${same} the same; ${known} differences with a reason, ${unexplained.length} without`,
  );
}
