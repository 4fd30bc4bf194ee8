import assert from "node:assert/strict";
import { once } from "node:events";
import fs from "node:fs";
import net from "node:net";
import os from "node:os";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { type Config, configSchema } from "#weir/config/schema.js";
import { flagOf } from "#weir/config/setting.js";
import { chatBody } from "../http/requests.js";
import { script, thinkingText } from "../support/echo-script.js";
import { projectDirectory } from "../support/models.js";
import { runWeir, WeirProcess } from "./weir.js";

/**
 * Where each setting is shown to have its effect. `server`: a file that starts `weir serve` with the flag, or a YAML file with
 * its name. `part`: a file that shows what an option of the server or of the loader does; `mapping` shows that the setting
 * becomes that option.
 */
type Evidence =
  | { readonly server: string }
  | { readonly part: string; readonly option: string; readonly mapping: string };

const here = { server: "cli/every-setting.test.ts" };
const loaded = (part: string, option: string): Evidence => ({
  ...{ part, option },
  mapping: "config/load-options.test.ts",
});
const split = (option: string): Evidence => loaded("split/placement.test.ts", option);
const connection = (option: string): Evidence => ({
  ...{ part: "http/connections.test.ts", option },
  mapping: "cli/server-options.test.ts",
});

// The compiler asks for an entry of each setting.
const evidence: Readonly<Record<keyof Config, Evidence>> = {
  model: { server: "cli/serve.test.ts" },
  alias: here,
  models: { server: "cli/several-models.test.ts" },
  modelsMax: { server: "cli/several-models.test.ts" },
  idleUnload: { server: "cli/several-models.test.ts" },
  modelsDir: { server: "library/pull-to-answer.test.ts" },
  pull: { server: "library/pull-to-answer.test.ts" },
  pullTimeout: { server: "library/commands.test.ts" },
  hfEndpoint: { server: "library/pull-to-answer.test.ts" },
  memoryLimit: { server: "cli/several-models.test.ts" },
  parallel: { server: "cli/serve.test.ts" },
  ctxSize: { server: "cli/serve.test.ts" },
  batchSize: here,
  ubatchSize: here,
  maxItl: loaded("engine/prompt-shares.test.ts", "maxItlMs"),
  cacheRam: loaded("engine/prefix-reuse.test.ts", "cacheRamBytes"),
  flashAttn: here,
  cacheTypeK: here,
  cacheTypeV: here,
  gpu: loaded("split/echo.test.ts", "gpu"),
  device: split("devices"),
  nGpuLayers: split("gpuLayers"),
  placement: loaded("split/plans.test.ts", "placement"),
  splitMode: split("splitMode"),
  tensorSplit: split("tensorSplit"),
  mainGpu: split("mainGpu"),
  threads: loaded("native/options.test.ts", "threads"),
  poll: loaded("native/options.test.ts", "poll"),
  listen: { server: "cli/listen.test.ts" },
  host: here,
  port: here,
  tlsCert: { server: "cli/listen.test.ts" },
  tlsKey: { server: "cli/listen.test.ts" },
  trustProxy: { server: "deploy/nginx.test.ts" },
  corsOrigin: here,
  apiKey: { server: "cli/reload.test.ts" },
  metricsAccess: { server: "deploy/prometheus.test.ts" },
  adminAccess: here,
  maxConnections: { server: "badday/clients.test.ts" },
  maxBody: here,
  headersTimeout: connection("headersTimeoutMs"),
  requestTimeout: connection("requestTimeoutMs"),
  idleTimeout: connection("idleTimeoutMs"),
  keepAliveTimeout: connection("keepAliveTimeoutMs"),
  heartbeat: here,
  queueSize: { server: "deploy/prometheus.test.ts" },
  queueTokens: here,
  queueTimeout: here,
  keysFile: { server: "cli/keys.test.ts" },
  drainDelay: { server: "cli/serve.test.ts" },
  drainTimeout: { server: "cli/serve.test.ts" },
  grammar: here,
  reasoningField: here,
  logLevel: { server: "cli/reload.test.ts" },
  accessLog: { server: "cli/reload.test.ts" },
  slowRequest: { server: "cli/reload.test.ts" },
  otlpEndpoint: { server: "cli/tracing.test.ts" },
  logContent: here,
};

function sourceOf(file: string): string {
  return fs.readFileSync(path.join(projectDirectory, "test", file), "utf8");
}

for (const [key, found] of Object.entries(evidence)) {
  test(`${flagOf(key)} is set by a test`, () => {
    if ("part" in found) {
      assert.match(sourceOf(found.part), new RegExp(`\\b${found.option}\\b`));
      assert.match(sourceOf(found.mapping), new RegExp(`\\b${key}: "`));
      return;
    }
    const flag = flagOf(key);
    // Given as a flag, or as a line of a file.
    const isSet = new RegExp(`["'\`]${flag}[ ="'\`]|\\b["'\`]?${flag.slice(2)}["'\`]?: `);
    assert.match(sourceOf(found.server), isSet);
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
    // Their headers come with their slots.
    await Promise.all([post(long, leave.signal), post(long, leave.signal)]);
    const response = await post(chatBody("hi"));
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
