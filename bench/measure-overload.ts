/**
 * Ten times more requests than a server can answer: how fast the others are refused, and what that costs the answers.
 *
 *   node build/js/bench/measure-overload.js [slots] [seconds]
 *
 * First as many clients as the gate has places send one request after the other: the peak. Then eight times as many as there
 * are slots, most of whom wait at the gate, before and after the overload: requests that come at ten times the peak's rate,
 * evenly, whether or not the last ones were answered. On the echo model; the load comes from this process, and the server is
 * another one on the same machine, so the load takes its share of the cores.
 */
import { spawn } from "node:child_process";
import http from "node:http";
import path from "node:path";
import { projectDirectory } from "#weir/llama/addon.js";
import { rigPath } from "./rig.js";

const slots = Number(process.argv[2] ?? 8);
const seconds = Number(process.argv[3] ?? 20);
const overload = 10;
const content = "one two three four five six seven eight nine ten ".repeat(3);
const body = JSON.stringify({ messages: [{ role: "user", content }], temperature: 0 });

interface Reply {
  readonly status: number;
  readonly ms: number;
}

async function main(): Promise<void> {
  const server = spawn(
    process.execPath,
    [
      path.join(projectDirectory, "dist", "main.js"),
      ...["serve", "--model", rigPath("echo"), "--port", "0", "--log-level", "warn"],
      ...["--parallel", String(slots), "--ctx-size", "512"],
    ],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  try {
    const url = await addressOf(server.stdout);
    await closedLoop(url, slots, 3_000);
    const peak = await closedLoop(url, slots + Math.ceil(slots / 4), seconds * 1_000);
    const peakPerSecond = peak.length / seconds;
    const waiting = await closedLoop(url, 8 * slots, seconds * 1_000);
    const { replies, answeredWithin } = await openLoop(url, overload * peakPerSecond, seconds * 1_000);
    const after = await closedLoop(url, 8 * slots, seconds * 1_000);
    const answered = replies.filter(({ status }) => status === 200);
    const refused = replies.filter(({ status }) => status === 429);
    const others = replies.filter(({ status }) => status !== 200 && status !== 429);
    report("peak, answers/s", peakPerSecond);
    report("most clients wait, answers/s", waiting.length / seconds);
    report("the same afterwards", after.length / seconds);
    report(`at ${overload} x, answers/s`, answeredWithin / seconds);
    report("offered", replies.length);
    report("answered", answered.length);
    report("refused with 429", refused.length);
    report("anything else", others.length);
    for (const share of [0.5, 0.95, 0.99, 1])
      report(`refused within, P${share * 100}, ms`, percentile(refused, share));
    report("answered within, P95, ms", percentile(answered, 0.95));
  } finally {
    server.kill("SIGTERM");
  }
}

async function addressOf(stdout: NodeJS.ReadableStream): Promise<string> {
  let text = "";
  for await (const chunk of stdout) {
    text += String(chunk);
    const [address] = /http:\/\/127\.0\.0\.1:\d+/.exec(text) ?? [];
    if (address !== undefined) return address;
  }
  throw new Error("the server has ended");
}

async function closedLoop(url: string, clients: number, ms: number): Promise<Reply[]> {
  const replies: Reply[] = [];
  const agent = new http.Agent({ keepAlive: true });
  const endMs = performance.now() + ms;
  const run = async (): Promise<void> => {
    while (performance.now() < endMs) replies.push(await post(url, agent));
  };
  await Promise.all(Array.from({ length: clients }, run));
  agent.destroy();
  return replies;
}

/** @returns the replies, and how many answers ended while requests came, without the queue that is left */
async function openLoop(
  url: string,
  perSecond: number,
  ms: number,
): Promise<{ readonly replies: readonly Reply[]; readonly answeredWithin: number }> {
  const agent = new http.Agent({ keepAlive: true });
  const startMs = performance.now();
  const pending: Promise<Reply>[] = [];
  let answered = 0;
  const count = (reply: Reply): Reply => {
    if (reply.status === 200) answered++;
    return reply;
  };
  while (performance.now() - startMs < ms) {
    const due = ((performance.now() - startMs) / 1_000) * perSecond;
    while (pending.length < due) pending.push(post(url, agent).then(count));
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  const answeredWithin = answered;
  const replies = await Promise.all(pending);
  agent.destroy();
  return { replies, answeredWithin };
}

function post(url: string, agent: http.Agent): Promise<Reply> {
  const startMs = performance.now();
  return new Promise((resolve) => {
    const end = (status: number): void => resolve({ status, ms: performance.now() - startMs });
    const headers = { "content-type": "application/json", "content-length": Buffer.byteLength(body) };
    const request = http.request(
      `${url}/v1/chat/completions`,
      { method: "POST", agent, headers },
      (response) => {
        response.resume();
        response.on("end", () => end(response.statusCode ?? 0));
        response.on("error", () => end(-1));
      },
    );
    request.on("error", () => end(-1));
    request.end(body);
  });
}

function percentile(replies: readonly Reply[], share: number): number {
  const sorted = replies.map(({ ms }) => ms).sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}

function report(name: string, value: number): void {
  process.stdout.write(`${name.padEnd(28)} ${Math.round(value * 10) / 10}\n`);
}

await main();
