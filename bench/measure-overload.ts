/**
 * Ten times more requests than a server can answer: how fast the others are refused, and what that costs the answers.
 *
 *   node build/js/bench/measure-overload.js [slots] [seconds] [flag of weir serve ...]
 *
 * First as many clients as the gate has places send one request after the other: the peak. Then eight times as many as there
 * are slots, most of whom wait at the gate. Then requests at ten times the peak's rate, evenly, whether or not the last ones
 * were answered. On the echo model; the load comes from this process, and the server is another one on the same machine, so
 * load and refusals take their share of the cores. How large that share is at least, the control says: the waiting clients
 * once more, while a bare Node server in a process of its own refuses the same flood. And once more the waiting clients alone.
 *
 * CPU times are of each phase, in cores: 1 is one core all the time.
 */
import { spawn } from "node:child_process";
import http from "node:http";
import { ServeProcess } from "./peers/serve-process.js";
import { threadUsage } from "./peers/thread-usage.js";
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

interface Served {
  readonly replies: readonly Reply[];
  /** Answers that ended while the machine was kept busy: neither before its slots were full nor of the queue that is left. */
  readonly answered: number;
  readonly windowMs: number;
}

/** The first part of a phase fills the slots and the queue, and what comes after it empties them: neither counts. */
const fillingShare = 0.2;

/** Counts the answers of a phase while requests still come. */
class Window {
  answered = 0;
  readonly windowMs: number;
  readonly #startMs: number;
  readonly #endMs: number;

  constructor(ms: number) {
    this.windowMs = (1 - fillingShare) * ms;
    this.#endMs = performance.now() + ms;
    this.#startMs = this.#endMs - this.windowMs;
  }

  isOpen(): boolean {
    return performance.now() < this.#endMs;
  }

  count(reply: Reply): Reply {
    if (reply.status === 200 && performance.now() >= this.#startMs && this.isOpen()) this.answered++;
    return reply;
  }
}

async function main(): Promise<void> {
  const server = await ServeProcess.start([
    ...["--model", rigPath("echo")],
    ...["--parallel", String(slots), "--ctx-size", "512"],
    ...process.argv.slice(4),
  ]);
  const bare = spawn(process.execPath, ["-e", bareServer], { stdio: ["ignore", "pipe", "inherit"] });
  try {
    const { url } = server;
    const bareUrl = await addressOf(bare.stdout);
    const { pid } = server;
    const waitingClients = () => closedLoop(url, 8 * slots, seconds * 1_000);
    await closedLoop(url, slots, 3_000);
    const peak = await phase("peak", pid, () =>
      closedLoop(url, slots + Math.max(2, Math.ceil(slots / 4)), seconds * 1_000),
    );
    const flood = (overload * 1_000 * peak.answered) / peak.windowMs;
    await phase("most clients wait", pid, waitingClients);
    const { replies } = await phase(`at ${overload} x`, pid, () => openLoop(url, flood, seconds * 1_000));
    await phase("control: others refuse", pid, async () => {
      const [waited] = await Promise.all([waitingClients(), openLoop(bareUrl, flood, seconds * 1_000)]);
      return waited;
    });
    await phase("most clients wait", pid, waitingClients);
    reportReplies(replies);
  } finally {
    await server.stop();
    bare.kill("SIGTERM");
  }
}

/** Does nothing but refuse, as cheaply as Node.js can. */
const bareServer = `
  const text = JSON.stringify({ error: { message: "x".repeat(150), type: "server_error", param: null, code: "queue_full" } });
  const server = require("node:http").createServer((request, response) => {
    response.writeHead(429, { "content-type": "application/json", "content-length": text.length, "retry-after": "1" });
    response.end(text);
    request.resume();
  });
  server.listen(0, "127.0.0.1", () => console.log("http://127.0.0.1:" + server.address().port));
`;

/** Runs one phase and reports what was answered, and who took how much of the machine. */
async function phase(name: string, pid: number, run: () => Promise<Served>): Promise<Served> {
  const startMs = performance.now();
  const before = { server: threadUsage(pid), load: process.cpuUsage() };
  const result = await run();
  const { mainMs, othersMs } = threadUsage(pid);
  const load = process.cpuUsage(before.load);
  const ms = performance.now() - startMs;
  const rate = (1_000 * result.answered) / result.windowMs;
  const cores = {
    main: (mainMs - before.server.mainMs) / ms,
    engine: (othersMs - before.server.othersMs) / ms,
    load: (load.user + load.system) / 1_000 / ms,
  };
  const shares = Object.entries(cores).map(([who, share]) => `${who} ${share.toFixed(2)}`);
  process.stdout.write(
    `${name.padEnd(24)} ${rate.toFixed(1).padStart(8)} answers/s; cores: ${shares.join(", ")}\n`,
  );
  return result;
}

function reportReplies(replies: readonly Reply[]): void {
  const answered = replies.filter(({ status }) => status === 200);
  const refused = replies.filter(({ status }) => status === 429);
  const others = replies.filter(({ status }) => status !== 200 && status !== 429);
  report("offered", replies.length);
  report("answered", answered.length);
  report("refused with 429", refused.length);
  report("anything else", others.length);
  for (const share of [0.5, 0.95, 0.99, 1])
    report(`refused within, P${share * 100}, ms`, percentile(refused, share));
  report("answered within, P95, ms", percentile(answered, 0.95));
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

async function closedLoop(url: string, clients: number, ms: number): Promise<Served> {
  const agent = new http.Agent({ keepAlive: true });
  const window = new Window(ms);
  const replies: Reply[] = [];
  const run = async (): Promise<void> => {
    while (window.isOpen()) replies.push(window.count(await post(url, agent)));
  };
  await Promise.all(Array.from({ length: clients }, run));
  agent.destroy();
  return { replies, ...window };
}

async function openLoop(url: string, perSecond: number, ms: number): Promise<Served> {
  const agent = new http.Agent({ keepAlive: true });
  const window = new Window(ms);
  const startMs = performance.now();
  const pending: Promise<Reply>[] = [];
  while (window.isOpen()) {
    const due = ((performance.now() - startMs) / 1_000) * perSecond;
    while (pending.length < due) pending.push(post(url, agent).then((reply) => window.count(reply)));
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  const replies = await Promise.all(pending);
  agent.destroy();
  return { replies, ...window };
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
