import assert from "node:assert/strict";
import { once } from "node:events";
import fs from "node:fs";
import net from "node:net";
import os from "node:os";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { configSchema } from "#weir/config/schema.js";
import { flagOf } from "#weir/config/setting.js";
import { chatBody } from "../http/requests.js";
import { script, thinkingText } from "../support/echo-script.js";
import { projectDirectory } from "../support/models.js";
import { evidence } from "./setting-evidence.js";
import { runWeir, WeirProcess } from "./weir.js";

function sourceOf(file: string): string {
  return fs.readFileSync(path.join(projectDirectory, "test", file), "utf8");
}

for (const [key, found] of Object.entries(evidence)) {
  test(`${flagOf(key)} has a test of its effect, which is there and in a file that sets it`, () => {
    const source = sourceOf(found.file);
    assert.ok(source.includes(`test("${found.title}"`), `${found.file} has no test "${found.title}"`);
    if ("option" in found) {
      assert.match(source, new RegExp(`\\b${found.option}\\b`));
      assert.match(sourceOf(found.mapping), new RegExp(`\\b${key}: "`));
      return;
    }
    const flag = flagOf(key);
    // Given as a flag, or as a line of a file.
    const isSet = new RegExp(`["'\`]${flag}[ ="'\`]|\\b["'\`]?${flag.slice(2)}["'\`]?: `);
    assert.match(source, isSet);
  });
}

test("every setting has an entry, and every entry is a setting", () => {
  assert.deepEqual(Object.keys(evidence).sort(), Object.keys(configSchema.shape).sort());
});

const folder = fs.mkdtempSync(path.join(os.tmpdir(), "weir-settings-"));
const keysFile = path.join(folder, "keys.yaml");
after(() => fs.rmSync(folder, { recursive: true }));

const added = runWeir(["keys", "add", "boss", "--admin", "--keys-file", keysFile]);
const authorization = { authorization: `Bearer ${/sk-\S+/.exec(added.stdout)?.[0]}` };

const address = Object.values(os.networkInterfaces())
  .flatMap((addresses) => addresses ?? [])
  .find(({ internal, family }) => !internal && family === "IPv4");

/** One that nobody has now. */
async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, "0.0.0.0");
  await once(server, "listening");
  const { port } = server.address() as net.AddressInfo; // of a server that listens on a port
  server.close();
  await once(server, "close");
  return port;
}

describe("weir serve with settings that no other test gives it", () => {
  let url = "";
  let weir: WeirProcess;
  before(async () => {
    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    weir = new WeirProcess(
      ...["--alias", "echo", "--parallel", "2", "--ctx-size", "24000", "--threads", "1"],
      ...["--batch-size", "128", "--ubatch-size", "64", "--log-level", "debug"],
      ...["--flash-attn", "off", "--cache-type-k", "f32", "--cache-type-v", "f32"],
      ...["--cors-origin", "https://chat.example.org", "--admin-access", "everywhere"],
      ...["--host", "0.0.0.0", "--port", String(port), "--keys-file", keysFile],
      ...["--max-body", "300kB", "--heartbeat", "1s", "--queue-tokens", "4321", "--queue-timeout", "2s"],
      ...["--grammar", "false", "--reasoning-field", "reasoning", "--log-content", "true"],
    );
    await weir.ready();
  });
  after(() => weir.end("SIGKILL"));

  function post(body: object, signal: AbortSignal = new AbortController().signal): Promise<Response> {
    return fetch(`${url}/v1/chat/completions`, {
      method: "POST",
      headers: { ...authorization, "content-type": "application/json" },
      body: JSON.stringify(body),
      signal,
    });
  }

  test("--alias names the model", async () => {
    assert.equal((await fetch(`${url}/v1/models/echo`, { headers: authorization })).status, 200);
  });

  test("--batch-size and --ubatch-size are llama.cpp's", () => {
    assert.match(weir.stderr, /n_batch += 128/);
    assert.match(weir.stderr, /n_ubatch += 64/);
  });

  test("--flash-attn, --cache-type-k and --cache-type-v are the cache's", () => {
    assert.match(weir.stderr, /flash_attn += (disabled|0)/);
    assert.match(weir.stderr, /K \(f32\)/);
    assert.match(weir.stderr, /V \(f32\)/);
  });

  test("--cors-origin lets a page call", async () => {
    const headers = { origin: "https://chat.example.org" };
    const response = await fetch(`${url}/health`, { headers });
    assert.equal(response.headers.get("access-control-allow-origin"), headers.origin);
  });

  test("--host 0.0.0.0 listens, and --admin-access everywhere answers, at this machine's other addresses", {
    skip: address === undefined && "this machine has loopback alone",
  }, async () => {
    const elsewhere = url.replace("127.0.0.1", address?.address ?? "");
    assert.equal((await fetch(`${elsewhere}/admin/queue`, { headers: authorization })).status, 200);
  });

  test("--max-body is the limit of bodies", async () => {
    const response = await post(chatBody("a".repeat(300_001)));
    assert.equal(response.status, 413);
    assert.match(await response.text(), /limit is 300000 bytes/);
  });

  test("--grammar false refuses grammars", async () => {
    const response = await post(chatBody("hi", { grammar: 'root ::= "a"' }));
    assert.equal(response.status, 400);
  });

  test("--reasoning-field and --log-content say where thinking goes, and keep what was said", async () => {
    const response = await post(
      chatBody(script(thinkingText("one two", "It is three.")), { max_tokens: 50 }),
    );
    const { choices } = (await response.json()) as { choices: { message: Record<string, unknown> }[] };
    const { content, reasoning, reasoning_content } = choices[0]?.message ?? {};
    assert.deepEqual([content, reasoning, reasoning_content], ["It is three.", "one two", undefined]);
    await weir.logged('"msg":"generation"');
    assert.match(weir.stderr, /"answer":"[^\n]*It is three\./);
  });

  test("--queue-tokens is the limit of the gate that the request before went through", async () => {
    assert.match(
      await (await fetch(`${url}/admin/queue`, { headers: authorization })).text(),
      /"queue_tokens":4321/,
    );
  });

  test("--queue-timeout is how long a request waits for a slot", async () => {
    const leave = new AbortController();
    const long = chatBody("occupied ".repeat(8_000), { stream: true });
    // Their headers come with their slots. Held on to: fetch ends an answer that nobody refers to any more.
    const occupying = await Promise.all([post(long, leave.signal), post(long, leave.signal)]);
    const response = await post(chatBody("hi"));
    assert.deepEqual(
      occupying.map(({ status }) => status),
      [200, 200],
    );
    leave.abort();
    assert.equal(response.status, 504);
    assert.match(await response.text(), /waited 2 s for its turn/);
  });

  test("--heartbeat is how often a silent stream says that it lives", async () => {
    const leave = new AbortController();
    const content = "occupied ".repeat(20_000);
    const response = await post(chatBody(content, { stream: true, max_tokens: 1 }), leave.signal);
    let text = "";
    for await (const piece of response.body ?? []) {
      text += Buffer.from(piece).toString();
      if (text.includes(": keep-alive") || text.includes("[DONE]")) break;
    }
    leave.abort();
    assert.match(text, /\n: keep-alive\n/);
  });
});
