/**
 * A swap every few seconds under 60 streams: whether every stream stays complete and exact, how long the longest gap between two
 * tokens is during a swap and otherwise, and whether the memory comes back.
 *
 *   node build/js/bench/measure-swap.js [beside|drain] [seconds] [seconds between swaps] [flag of weir serve ...]
 *
 * The echo model's Q8_0, F16 and Q4_0 builds take each other's place, in this order. `drain` has the server hold a memory limit
 * that any of them fits and no two; the server decides by itself. The load comes from this process, on the same machine. A gap is
 * between two pieces of text that a client reads, and belongs to a swap where it overlaps the time from its request to its answer.
 */
import fs from "node:fs";
import http from "node:http";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { projectDirectory } from "#weir/llama/addon.js";
import { EventReader } from "./load/event-reader.js";
import { ServeProcess } from "./peers/serve-process.js";

const mode = process.argv[2] === "drain" ? "drain" : "beside";
const seconds = Number(process.argv[3] ?? 300);
const everySeconds = Number(process.argv[4] ?? 20);
const clients = 60;
const slots = 60;
const contextTokens = 512;
/** Between the largest build with its context and the two smallest together: 60 × 512 tokens of KV cache are in each. */
const limitBytes = 130 * 2 ** 20;
const name = "echo-q4_0";
const files = ["q8_0", "f16", "q4_0"].map((type) =>
  path.join(projectDirectory, "models", `echo-${type}.gguf`),
);
const words = "one two three four five six seven eight nine ten".split(" ");

interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

interface Stage {
  readonly stage: string;
  readonly fromMs: number;
}

interface Swap extends Span {
  readonly stages: readonly Stage[];
  readonly to: string;
  readonly mode: string;
  readonly residentMib: number;
}

interface Stream {
  readonly firstText: Span;
  readonly gaps: readonly Span[];
}

async function main(): Promise<void> {
  const server = await ServeProcess.start([
    ...["--model", path.join(projectDirectory, "models", `${name}.gguf`), "--cache-ram", "0"],
    ...["--parallel", String(slots), "--ctx-size", String(contextTokens)],
    ...(mode === "drain" ? ["--memory-limit", `${limitBytes / 2 ** 20}MiB`] : []),
    ...process.argv.slice(5),
  ]);
  const streams: Stream[] = [];
  const failures: string[] = [];
  const swaps: Swap[] = [];
  let isOver = false;
  try {
    const running = Array.from({ length: clients }, async (_, client) => {
      for (let turn = 0; !isOver; turn++) {
        await stream(server.url, textOf(client, turn)).then(
          (done) => streams.push(done),
          (error: Error) => failures.push(error.message),
        );
      }
    });
    const untilMs = performance.now() + 1_000 * seconds;
    await sleep(5_000);
    report("memory before, MiB", residentMib(server.pid));
    for (let turn = 0; performance.now() + 2_000 < untilMs; turn++) {
      const swap = await swapTo(server, files[turn % files.length] ?? "");
      swaps.push(swap);
      process.stdout.write(
        `swap to ${swap.to.padEnd(16)} ${swap.mode}, ${((swap.toMs - swap.fromMs) / 1_000).toFixed(1)} s, then ${swap.residentMib.toFixed(0)} MiB\n`,
      );
      await sleep(Math.max(0, Math.min(swap.fromMs + 1_000 * everySeconds, untilMs) - performance.now()));
    }
    isOver = true;
    await Promise.all(running);
    const response = await fetch(`${server.url}/admin/models`);
    const models = (await response.json()) as Record<string, unknown>; // as docs/api.md has it
    summarize(streams, failures, swaps);
    process.stdout.write(`left behind: ${JSON.stringify(leftBehind(models))}\n`);
  } finally {
    await server.stop();
  }
}

/** Numbers of an own conversation, so that no two streams say the same. */
function textOf(client: number, turn: number): string {
  return Array.from(
    { length: 40 },
    (_, word) => words[(client * 7 + turn * 3 + word * (1 + (client % 3))) % 10],
  ).join(" ");
}

/** One answer, read as it comes. Rejects where it is not what was said to the model, to its end. */
function stream(url: string, text: string): Promise<Stream> {
  const body = JSON.stringify({
    stream: true,
    temperature: 0,
    messages: [{ role: "user", content: text }],
  });
  const headers = { "content-type": "application/json", "content-length": Buffer.byteLength(body) };
  const startMs = performance.now();
  return new Promise((resolve, reject) => {
    const request = http.request(`${url}/v1/chat/completions`, { method: "POST", headers }, (response) => {
      const times: number[] = [];
      let answer = "";
      let end = "";
      const reader = new EventReader((payload) => {
        end = payload;
        const piece = payload === "[DONE]" ? "" : (JSON.parse(payload).choices?.[0]?.delta?.content ?? "");
        if (piece === "") return;
        times.push(performance.now());
        answer += piece;
      });
      let whole = "";
      response.setEncoding("utf8").on("data", (part: string) => {
        whole += part;
        reader.push(part);
      });
      response.on("error", reject);
      response.on("end", () => {
        if (answer !== text || end !== "[DONE]") {
          reject(new Error(`${response.statusCode}: ${whole.slice(-300)}`));
          return;
        }
        const gaps = times.slice(1).map((toMs, index) => ({ fromMs: times[index] ?? toMs, toMs }));
        resolve({ firstText: { fromMs: startMs, toMs: times[0] ?? startMs }, gaps });
      });
    });
    request.on("error", reject);
    request.end(body);
  });
}

async function swapTo({ url, pid }: ServeProcess, model: string): Promise<Swap> {
  const fromMs = performance.now();
  const response = await fetch(`${url}/admin/models/${name}/swap`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ model, stream: true }),
  });
  const stages: Stage[] = [];
  let last: Record<string, unknown> = {};
  const reader = new EventReader((payload) => {
    last = JSON.parse(payload);
    const stage = String(last["stage"] ?? "");
    if (stage === "" || stage === stages.at(-1)?.stage) return;
    stages.push({ stage, fromMs: performance.now() });
  });
  for await (const part of response.body ?? []) reader.push(Buffer.from(part).toString());
  const toMs = performance.now();
  if (last["object"] !== "model.swap") throw new Error(JSON.stringify(last));
  await sleep(1_000);
  const { to, mode: taken } = last;
  return { fromMs, toMs, stages, to: String(to), mode: String(taken), residentMib: residentMib(pid) };
}

/** What the model says of itself when nobody asks any more. */
function leftBehind(models: Record<string, unknown>): object {
  const [model] = models["data"] as { requests: number; instances: object[] }[];
  return { instances: model?.instances.length, requests: model?.requests };
}

function residentMib(pid: number): number {
  const status = fs.readFileSync(`/proc/${pid}/status`, "utf8");
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) / 1024;
}

function summarize(streams: readonly Stream[], failures: readonly string[], swaps: readonly Swap[]): void {
  const isInSwap = ({ fromMs, toMs }: Span): boolean =>
    swaps.some((swap) => fromMs < swap.toMs && toMs > swap.fromMs);
  report("streams, complete and exact", streams.length);
  report("streams that failed", failures.length);
  for (const failure of new Set(failures)) process.stdout.write(`  ${failure}\n`);
  report("swaps", swaps.length);
  const gaps = streams.flatMap((one) => one.gaps);
  reportStages(gaps, swaps);
  const firsts = streams.map((one) => one.firstText);
  for (const [what, spans] of [
    ["gap between two tokens", gaps],
    ["time to the first token", firsts],
  ] as const) {
    for (const [when, some] of [
      ["otherwise", spans.filter((span) => !isInSwap(span))],
      ["during a swap", spans.filter(isInSwap)],
    ] as const) {
      const sorted = some.map(({ fromMs, toMs }) => toMs - fromMs).sort((a, b) => a - b);
      const at = (share: number): number =>
        Math.round(sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN);
      process.stdout.write(
        `${`${what}, ${when}`.padEnd(40)} P50 ${at(0.5)} ms, P99 ${at(0.99)} ms, longest ${at(1)} ms, of ${sorted.length}\n`,
      );
    }
  }
}

/** Of the gaps that end in a stage of any swap, the longest. */
function reportStages(gaps: readonly Span[], swaps: readonly Swap[]): void {
  const longest = new Map<string, { gapMs: number; stageMs: number }>();
  for (const { stages, toMs: endMs } of swaps) {
    for (const [index, { stage, fromMs }] of stages.entries()) {
      const toMs = stages[index + 1]?.fromMs ?? endMs;
      const inStage = gaps.filter((gap) => gap.toMs > fromMs && gap.toMs <= toMs);
      const known = longest.get(stage) ?? { gapMs: 0, stageMs: 0 };
      longest.set(stage, {
        gapMs: inStage.reduce((most, gap) => Math.max(most, gap.toMs - gap.fromMs), known.gapMs),
        stageMs: Math.max(known.stageMs, toMs - fromMs),
      });
    }
  }
  for (const [stage, { gapMs, stageMs }] of longest) {
    process.stdout.write(
      `  ${stage.padEnd(12)} longest gap ${Math.round(gapMs)} ms; takes ${Math.round(stageMs)} ms at most\n`,
    );
  }
}

function report(what: string, value: number): void {
  process.stdout.write(`${what.padEnd(28)} ${Math.round(value * 10) / 10}\n`);
}

await main();
