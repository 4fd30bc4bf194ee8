/**
 * How late the main thread is under many streams, and what a token costs it: a real server process, its clients in another one.
 *
 *   node build/js/bench/measure-main-thread.js [rig] [streams] [seconds] [repeats] [node's or the server's flags …]
 */
import os from "node:os";
import { setTimeout as later } from "node:timers/promises";
import { LoadGenerator } from "./load/load-generator.js";
import type { AnswerRecord } from "./load/load-run.js";
import { MeasuredServer } from "./main-thread/measured-server.js";
import { median } from "./metrics/percentile.js";
import { rigNames, rigPath } from "./rig.js";
import { makeWorkload } from "./workload.js";

const [rigName = "tiny", streams = "200", seconds = "20", repeats = "3", ...flags] = process.argv.slice(2);
const rig = rigNames.find((name) => name === rigName);
if (rig === undefined) throw new Error(`the rig is one of ${rigNames.join(", ")}, not "${rigName}"`);
const users = Number(streams);
const isNodes = (flag: string): boolean => flag.startsWith("--cpu-prof");
const serverFlags = ["--model", rigPath(rig), "--parallel", streams, "--ctx-size", "256", "--threads", "1"];

interface Repeat {
  readonly tokensPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  /** Of a core. */
  readonly cpuShare: number;
  readonly waitShare: number;
  readonly cpuPerThousandTokensPerSecond: number;
}

const loadBefore = os.loadavg()[0];
const generator = new LoadGenerator();
const all: Repeat[] = [];
try {
  for (let round = 0; round < Number(repeats); round++) all.push(await measure(round));
} finally {
  await generator.close();
}
const { model } = os.cpus()[0] ?? { model: "unknown CPU" };
console.log(`${os.availableParallelism()} × ${model}, load before ${loadBefore}; ${rig}, ${users} streams,`);
console.log(`${seconds} s, median of ${repeats}: ${JSON.stringify(medianOf(all))}`);

async function measure(round: number): Promise<Repeat> {
  const server = await MeasuredServer.start(
    [...serverFlags, ...flags.filter((flag) => !isNodes(flag))],
    flags.filter(isNodes),
  );
  try {
    const shape = { promptTokens: { least: 30, most: 60 }, answerTokens: { least: 64, most: 128 } };
    const requests = makeWorkload({ ...shape, requests: 4 * users, seed: 5 }, round);
    const job = (durationMs: number) => ({ kind: "closed-loop" as const, users, requests, durationMs });
    // Code and memory are warm, and every user is somewhere else in his answer.
    await generator.run(server.url, job(3_000));
    await server.probe("reset");
    const before = server.threadTimes();
    const startedMs = performance.now();
    const running = generator.run(server.url, job(Number(seconds) * 1000));
    await later(Number(seconds) * 1000);
    // Before the streams become fewer.
    const delays = await server.probe("read");
    const after = server.threadTimes();
    const wallSeconds = (performance.now() - startedMs) / 1000;
    const run = await running;
    const failed = run.answers.filter(({ error }) => error !== null);
    if (failed.length > 0) throw new Error(`${failed.length} answers failed: ${failed[0]?.error}`);
    const tokens = run.answers.reduce((sum, answer) => sum + tokensUntil(answer, wallSeconds * 1000), 0);
    const cpuShare = (after.cpuSeconds - before.cpuSeconds) / wallSeconds;
    const repeat = {
      tokensPerSecond: tokens / wallSeconds,
      ...delays,
      cpuShare,
      waitShare: (after.waitedSeconds - before.waitedSeconds) / wallSeconds,
      cpuPerThousandTokensPerSecond: (1000 * cpuShare) / (tokens / wallSeconds),
    };
    console.error(JSON.stringify(repeat));
    return repeat;
  } finally {
    await server.stop();
  }
}

/** Some tokens bring no text; those of an answer that ended later are shared out over its texts. */
function tokensUntil({ textsMs, completionTokens }: AnswerRecord, endMs: number): number {
  return (completionTokens * textsMs.filter((ms) => ms <= endMs).length) / Math.max(1, textsMs.length);
}

function medianOf(repeats: readonly Repeat[]): Repeat {
  const of = (pick: (repeat: Repeat) => number): number => Number(median(repeats.map(pick)).toPrecision(4));
  return {
    tokensPerSecond: of(({ tokensPerSecond }) => tokensPerSecond),
    p50Ms: of(({ p50Ms }) => p50Ms),
    p99Ms: of(({ p99Ms }) => p99Ms),
    maxMs: of(({ maxMs }) => maxMs),
    cpuShare: of(({ cpuShare }) => cpuShare),
    waitShare: of(({ waitShare }) => waitShare),
    cpuPerThousandTokensPerSecond: of((repeat) => repeat.cpuPerThousandTokensPerSecond),
  };
}
