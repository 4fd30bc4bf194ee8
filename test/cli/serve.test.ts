import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { after, describe, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
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

function streamedChat(address: string, content: string): Promise<Response> {
  return fetch(`${address}/v1/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ model: "echo-q4_0", stream: true, messages: [{ role: "user", content }] }),
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
    await assert.rejects(statusOf(`${origin}/health/live`));
  });
});

test("an answer that takes longer than the drain-timeout ends with an error that says so, and the program with 0", async (context) => {
  const weir = new WeirProcess("--parallel", "2", "--drain-timeout", "200ms");
  context.after(() => weir.end("SIGKILL"));
  const response = await streamedChat(await originOf(weir), "endless ".repeat(3_000));
  const ended = weir.end("SIGTERM");
  assert.match(await response.text(), /"code":"shutting_down"[^\n]*\n\ndata: \[DONE\]\n\n$/);
  assert.equal(await ended, 0);
  assert.match(weir.stderr, /drain-timeout, 0\.2 s, is over/);
});

test("a signal while the model loads ends the program with 0", async () => {
  const weir = new WeirProcess();
  await weir.logged("Server listening");
  assert.equal(await weir.end("SIGINT"), 0);
  assert.equal(weir.stdout, "");
});
