/**
 * Two keys share a server, and one of them floods it: what becomes of the other's time to first token.
 *
 *   node build/js/bench/measure-flood.js [slots] [seconds] [rounds]
 *
 * Each round measures the quiet key's clients three times: alone; while the other key keeps every slot busy, as a batch job
 * that fits would; and while it sends ten times as many requests at once as there are slots, all of which wait. What the flood
 * costs is the third beside the second: the answers' own pass is larger beside others, whoever they are. On the echo model;
 * the load comes from this process.
 */
import http from "node:http";
import { setTimeout as later } from "node:timers/promises";
import { median, percentile } from "./metrics/percentile.js";
import { ServeProcess } from "./peers/serve-process.js";
import { rigPath } from "./rig.js";

const slots = Number(process.argv[2] ?? 16);
const seconds = Number(process.argv[3] ?? 15);
const rounds = Number(process.argv[4] ?? 3);
const quietClients = 2;
/** Between an answer and the client's next question, ms. */
const pauseMs = 100;
const content = "one two three four five six seven eight nine ten ".repeat(3);
const body = JSON.stringify({
  messages: [{ role: "user", content }],
  temperature: 0,
  stream: true,
});

const server = await ServeProcess.start([
  ...["--model", rigPath("echo"), "--api-key", "quiet,loud"],
  ...["--parallel", String(slots), "--ctx-size", "512"],
]);
try {
  const { url } = server;
  await quietTtfts(url, 3_000);
  const p95s: Record<string, number[]> = { alone: [], "every slot busy": [], "a flood": [] };
  for (let round = 0; round < rounds; round++) {
    for (const [name, clients] of [
      ["alone", 0],
      ["every slot busy", slots],
      ["a flood", 10 * slots],
    ] as const) {
      const stop = new AbortController();
      const loud = Array.from({ length: clients }, () => keepAsking(url, stop.signal));
      await later(1_000);
      const ttfts = await quietTtfts(url, seconds * 1_000);
      stop.abort();
      await Promise.all(loud);
      const [p50, p95] = [percentile(ttfts, 0.5), percentile(ttfts, 0.95)];
      p95s[name]?.push(p95);
      print(
        `${name.padEnd(16)} ${ttfts.length} answers, TTFT P50 ${p50.toFixed(1)} ms, P95 ${p95.toFixed(1)} ms`,
      );
    }
  }
  const medians = Object.entries(p95s).map(([name, values]) => `${name} ${median(values).toFixed(1)} ms`);
  const ratios = (p95s["a flood"] ?? []).map((p95, round) => p95 / (p95s["every slot busy"]?.[round] ?? 0));
  print(`TTFT P95, median of ${rounds}: ${medians.join(", ")}`);
  print(`a flood over every slot busy: ${ratios.map((ratio) => ratio.toFixed(2)).join(", ")}`);
} finally {
  await server.stop();
}

/** The quiet key's clients, each of which asks again a moment after its answer. */
async function quietTtfts(url: string, ms: number): Promise<number[]> {
  const agent = new http.Agent({ keepAlive: true });
  const ttfts: number[] = [];
  const endMs = performance.now() + ms;
  const run = async (): Promise<void> => {
    while (performance.now() < endMs) {
      ttfts.push(await ask(url, "quiet", agent));
      await later(pauseMs);
    }
  };
  await Promise.all(Array.from({ length: quietClients }, run));
  agent.destroy();
  return ttfts;
}

async function keepAsking(url: string, stop: AbortSignal): Promise<void> {
  const agent = new http.Agent({ keepAlive: true });
  while (!stop.aborted) await ask(url, "loud", agent);
  agent.destroy();
}

/** @returns the time to the first text, ms */
function ask(url: string, key: string, agent: http.Agent): Promise<number> {
  const startMs = performance.now();
  const headers = {
    authorization: `Bearer ${key}`,
    "content-type": "application/json",
    "content-length": Buffer.byteLength(body),
  };
  return new Promise((resolve, reject) => {
    const request = http.request(
      `${url}/v1/chat/completions`,
      { method: "POST", agent, headers },
      (response) => {
        if (response.statusCode !== 200) reject(new Error(`${key} was answered ${response.statusCode}`));
        let ttftMs = 0;
        response.on("data", (data: Buffer) => {
          if (ttftMs === 0 && /"content":"[^"]/.test(data.toString())) ttftMs = performance.now() - startMs;
        });
        response.on("end", () => resolve(ttftMs));
        response.on("error", reject);
      },
    );
    request.on("error", reject);
    request.end(body);
  });
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
