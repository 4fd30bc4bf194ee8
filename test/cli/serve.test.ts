import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, describe, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { writeModelWithoutNumbers } from "../native/bad-model.js";
import { WeirProcess } from "./weir.js";

/** The request that the banner's curl line makes, its words taken apart by a shell. */
function requestOf(banner: string): Request {
  const [line] = banner.match(/^curl .*$/m) ?? assert.fail("the banner has no curl line");
  const script = `set -- ${line}; printf '%s\\n' "$@"`;
  const [, url = "", , header = "", , body = ""] = execFileSync("sh", ["-c", script], {
    encoding: "utf8",
  }).split("\n");
  const [name = "", value = ""] = header.split(": ");
  return new Request(url, { method: "POST", headers: { [name]: value }, body });
}

function streamedChat(
  address: string,
  content: string,
  model: string | null = "echo-q4_0",
): Promise<Response> {
  return fetch(`${address}/v1/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ model, stream: true, messages: [{ role: "user", content }] }),
  });
}

describe("weir serve without a flag", () => {
  const weir = new WeirProcess("--parallel", "2");
  after(() => weir.end("SIGKILL"));

  test("prints model, slots × context and a curl line that answers with the echo of its message", async () => {
    const banner = await weir.ready();
    assert.match(banner, /model +echo-q4_0\n +context +2 slots × 8192 tokens\n/);
    const response = await fetch(requestOf(banner));
    // The wire format that the OpenAI API documents.
    const answer = (await response.json()) as { choices: { message: { content: string } }[] };
    assert.equal(answer.choices[0]?.message.content, "Hello, Weir!");
  });

  test("lets a running answer end when it is asked to end, and exits with 0", async () => {
    const { origin } = new URL(requestOf(await weir.ready()).url);
    const response = await streamedChat(
      origin,
      "one two three four five six seven eight nine ten ".repeat(4),
    );
    const ended = weir.end("SIGTERM");
    assert.match(await response.text(), /"finish_reason":"stop"[\s\S]*data: \[DONE\]\n\n$/);
    assert.equal(await ended, 0);
  });
});

/** Where the program listens, by its log: it listens before it loads. */
async function originOf(weir: WeirProcess): Promise<string> {
  return new URL(requestOf(await weir.ready()).url).origin;
}

async function statusOf(url: string): Promise<number> {
  return (await fetch(url)).status;
}

describe("weir serve with a drain-delay", () => {
  test("is not ready from SIGTERM on and serves all the same; a second signal ends it at once", async (context) => {
    const weir = new WeirProcess("--parallel", "2", "--drain-delay", "1h");
    context.after(() => weir.end("SIGKILL"));
    const origin = await originOf(weir);
    weir.signal("SIGTERM");
    while ((await statusOf(`${origin}/health/ready`)) !== 503) await pause(10);
    const live = (await (await fetch(`${origin}/health/live`)).json()) as object;
    assert.deepEqual(live, { status: "ok", state: "draining" });
    const answer = await streamedChat(origin, "still here");
    assert.match(await answer.text(), /"finish_reason":"stop"/);
    // Within half a second of the first it would be the same key press.
    await pause(600);
    assert.equal(await weir.end("SIGTERM"), 143);
  });

  test("stops accepting when it is over, and exits with 0", async (context) => {
    const weir = new WeirProcess("--parallel", "2", "--drain-delay", "300ms");
    context.after(() => weir.end("SIGKILL"));
    const origin = await originOf(weir);
    assert.equal(await weir.end("SIGTERM"), 0);
    assert.match(weir.stderr, /not ready any more, accepting for 0\.3 s[\s\S]*running answers have 25 s/);
    await assert.rejects(statusOf(`${origin}/health/live`));
  });
});

test("at SIGTERM who waits for a slot is told at once; who still runs after the drain-timeout, then; the program ends with 0", async (context) => {
  const weir = new WeirProcess("--parallel", "1", "--drain-timeout", "2s");
  context.after(() => weir.end("SIGKILL"));
  const origin = await originOf(weir);
  const running = await streamedChat(origin, "endless ".repeat(3_000));
  const waiting = streamedChat(origin, "me too");
  const isPrepared = async () => /"prepared":1/.test(await (await fetch(`${origin}/admin/queue`)).text());
  while (!(await isPrepared())) await pause(10);
  const ended = weir.end("SIGTERM");
  const { status, headers } = await waiting;
  assert.deepEqual([status, headers.get("retry-after"), headers.get("connection")], [503, "5", "close"]);
  assert.doesNotMatch(weir.stderr, /drain-timeout/);
  assert.match(await running.text(), /"code":"shutting_down"[^\n]*\n\ndata: \[DONE\]\n\n$/);
  assert.equal(await ended, 0);
  assert.match(weir.stderr, /drain-timeout, 2 s, is over/);
});

test("a model whose engine keeps failing ends the program with 1, once a fresh engine was of no use", async (context) => {
  const file = path.join(os.tmpdir(), `weir-serve-not-a-number-${process.pid}.gguf`);
  writeModelWithoutNumbers(file);
  context.after(() => fs.rmSync(file));
  const weir = new WeirProcess("--model", file, "--ctx-size", "256", "--parallel", "1");
  context.after(() => weir.end("SIGKILL"));
  const origin = await originOf(weir);
  const ended = weir.exited();
  let codes = "";
  for (let tries = 0; weir.isRunning && tries < 1_000; tries++) {
    // Where the server is gone already there is no answer.
    const response = await streamedChat(origin, "hello", null).catch(() => null);
    codes += response === null ? "" : await response.text().catch(() => "");
    if (codes.includes("model_unhealthy")) await pause(20);
  }
  assert.equal(await ended, 1);
  assert.match(codes, /engine_failed[\s\S]*model_unhealthy[\s\S]*engine_failed/);
  assert.match(weir.stderr, /a fresh engine serves the model[\s\S]*weir: the model's engine has died/);
});

test("a signal while the model loads ends the program with 0", async () => {
  const weir = new WeirProcess();
  await weir.logged("Server listening");
  assert.equal(await weir.end("SIGINT"), 0);
  assert.doesNotMatch(weir.stdout, /http:/);
});

test("a start that fails says why, and nothing of a drain", async () => {
  const weir = new WeirProcess("--parallel", "256", "--ctx-size", "1000000");
  assert.equal(await weir.exited(), 1);
  assert.match(weir.stderr, /weir: echo-q4_0 does not fit: CPU lacks .*; this fits: --parallel \d+/);
  assert.doesNotMatch(weir.stderr, /draining/);
});

test("a SIGHUP in the first moments of a start does not end it", async (context) => {
  const weir = new WeirProcess("--parallel", "1", "--ctx-size", "256");
  context.after(() => weir.end("SIGKILL"));
  // Node.js itself takes some 40 ms before it runs anything of Weir.
  for (let waitedMs = 120; waitedMs < 600; waitedMs += 40) {
    await pause(40);
    if (waitedMs > 200) weir.signal("SIGHUP");
  }
  await weir.ready();
  assert.equal(await weir.end("SIGTERM"), 0);
});
