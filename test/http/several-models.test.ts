import assert from "node:assert/strict";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, afterEach, before, beforeEach, describe, test } from "node:test";
import { type ModelCard, modelList } from "#weir/api/openai/responses.js";
import type { ServedState } from "#weir/registry/served-model.js";
import { defaultAdmission } from "#weir/server/admission-options.js";
import { cpuAddon } from "../native/addon.js";
import { writeModelWithoutNumbers } from "../native/bad-model.js";
import { MetricText } from "../support/metric-text.js";
import { modelPaths } from "../support/models.js";
import { type SeveralServer, spec, startSeveral } from "../support/several-server.js";
import { chatBody, contentOf, errorOf, eventually, postChat } from "./requests.js";

let server: SeveralServer;
afterEach(() => server.close());

const stateOf = (name: string): string | undefined => server.models.find(name)?.state;
const states = (...names: string[]): (string | undefined)[] => names.map(stateOf);
const ask = (model: string, content = "hi"): Promise<unknown> => contentOf(server.app, content, { model });

/** What the list of models says of each. */
async function statuses(): Promise<ModelCard["status"][]> {
  const { data } = modelList.parse((await server.app.inject("/v1/models")).json());
  return data.map(({ status }) => status);
}

async function isInState(model: string, state: ServedState): Promise<boolean> {
  const metrics = new MetricText((await server.app.inject("/metrics")).body);
  return metrics.value("weir_model_state", { model, state }) === 1;
}

describe("several models", () => {
  test("are asked by their names and aliases, and each says what it is", async () => {
    server = await startSeveral([
      spec("first", { load: "start" }, { names: ["gpt-4o"] }),
      spec("second", { load: "start" }),
      spec("vectors", { load: "start" }, { modelPath: modelPaths.tinyEmbedding }),
    ]);
    assert.deepEqual(await Promise.all([ask("first", "a b"), ask("gpt-4o", "c"), ask("second", "d")]), [
      "a b",
      "c",
      "d",
    ]);
    const vector = await server.app.inject({
      method: "POST",
      url: "/v1/embeddings",
      payload: { model: "vectors", input: "x" },
    });
    assert.equal(vector.statusCode, 200);
    const list = (await server.app.inject("/v1/models")).json();
    assert.deepEqual(
      list.data.map(({ id }: { id: string }) => id),
      ["first", "second", "vectors"],
    );
    assert.equal(
      errorOf(await postChat(server.app, chatBody("hi", { model: "vectors" }))).code,
      "model_cannot_generate",
    );
    assert.match(
      errorOf(await postChat(server.app, chatBody("hi", { model: "none" }))).message,
      /first, second, vectors/,
    );
  });

  test("need a name in each request", async () => {
    server = await startSeveral([spec("a"), spec("b")]);
    const { code, param } = errorOf(await postChat(server.app, chatBody("hi", { model: undefined })));
    assert.deepEqual([code, param], ["invalid_value", "model"]);
  });
});

describe("a model that is loaded on demand", () => {
  test("is known before, loaded for the first request, and only once for many", async () => {
    const { addon } = await cpuAddon();
    server = await startSeveral([spec("first", { load: "start" }), spec("lazy")]);
    assert.deepEqual(states("first", "lazy"), ["ready", "unloaded"]);
    assert.equal((await server.app.inject("/health")).statusCode, 200);
    assert.equal((await server.app.inject("/v1/models/lazy")).json().context_length, 2_048);
    assert.deepEqual(await statuses(), [{ value: "loaded" }, { value: "unloaded" }]);
    assert.ok((await isInState("first", "ready")) && (await isInState("lazy", "unloaded")));
    const texts = ["one", "two", "three", "four"];
    assert.deepEqual(await Promise.all(texts.map((text) => ask("lazy", text))), texts);
    assert.deepEqual(addon.alive(), { models: 2, contexts: 2 });
    assert.deepEqual(await statuses(), [{ value: "loaded" }, { value: "loaded" }]);
  });

  test("is refused before it is loaded where it is not for that", async () => {
    server = await startSeveral([spec("ranks", {}, { modelPath: modelPaths.tinyRerank })]);
    assert.equal(
      errorOf(await postChat(server.app, chatBody("hi", { model: "ranks" }))).code,
      "model_cannot_generate",
    );
    assert.equal(stateOf("ranks"), "unloaded");
  });

  test("goes when nobody asks any more, and comes again", async () => {
    const { addon } = await cpuAddon();
    server = await startSeveral([spec("first", { load: "start" }), spec("lazy", { idleUnloadMs: 1 })]);
    await ask("lazy");
    await eventually(async () => stateOf("lazy") === "unloaded" && addon.alive().models === 1);
    assert.equal(await ask("lazy", "again"), "again");
    assert.equal(stateOf("first"), "ready");
  });

  test("that can't be loaded is told to those who wait, and tried again later", async () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "weir-lazy-"));
    const file = path.join(folder, "a.gguf");
    fs.copyFileSync(modelPaths.echo, file);
    server = await startSeveral([spec("first", { load: "start" }), spec("lazy", {}, { modelPath: file })]);
    fs.rmSync(folder, { recursive: true });
    const responses = await Promise.all(
      ["a", "b"].map((text) => postChat(server.app, chatBody(text, { model: "lazy" }))),
    );
    assert.deepEqual(
      responses.map((response) => [response.statusCode, errorOf(response).code]),
      [
        [500, "model_load_failed"],
        [500, "model_load_failed"],
      ],
    );
    const [response = assert.fail()] = responses;
    assert.equal(response.headers["x-should-retry"], "false");
    assert.match(errorOf(response).message, /Asking again is of no use before its file/);
    assert.doesNotMatch(errorOf(response).message, /tmp/);
    assert.deepEqual(await statuses(), [{ value: "loaded" }, { value: "unloaded", failed: true }]);
    assert.ok(await isInState("lazy", "failed"));
    assert.equal((await postChat(server.app, chatBody("c", { model: "lazy" }))).statusCode, 500);
    assert.equal(await ask("first", "serves on"), "serves on");
  });
});

test("a model is loaded while the swap of another waits for its last request", {
  timeout: 20_000,
}, async () => {
  server = await startSeveral([spec("a", { load: "start" }), spec("lazy")]);
  const swapped = server.models.find("a");
  const held = swapped?.lease();
  const payload = { model: modelPaths.echoQ8, mode: "drain", drain_seconds: 600 };
  const swapping = server.app.inject({ method: "POST", url: "/admin/models/a/swap", payload });
  await eventually(async () => swapped?.swapProgress?.stage === "draining");
  assert.equal(await ask("lazy", "meanwhile"), "meanwhile");
  held?.release();
  assert.equal((await swapping).statusCode, 200);
  assert.equal(await ask("a", "afterwards"), "afterwards");
});

test("who waits for a model of which a swap fails before it was ever loaded is served from its old file", {
  timeout: 20_000,
}, async (t) => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "weir-unloaded-"));
  t.after(() => fs.rmSync(folder, { recursive: true }));
  const bad = path.join(folder, "nan.gguf");
  writeModelWithoutNumbers(bad);
  server = await startSeveral([spec("first", { load: "start" }), spec("lazy")]);
  const payload = { model: bad, mode: "drain" };
  const swapping = server.app.inject({ method: "POST", url: "/admin/models/lazy/swap", payload });
  await eventually(async () => stateOf("lazy") === "swapping");
  const waiting = ask("lazy", "served all the same");
  assert.equal(errorOf(await swapping).code, "swap_failed");
  assert.equal(await waiting, "served all the same");
});

describe("where not all models fit", () => {
  const one = { mostLoaded: 1 };

  test("the least recently used goes for the one that is asked for", async () => {
    server = await startSeveral(
      ["a", "b", "c"].map((name) => spec(name)),
      { mostLoaded: 2 },
    );
    for (const name of ["a", "b", "a", "c"]) assert.equal(await ask(name, `to ${name}`), `to ${name}`);
    assert.deepEqual(states("a", "b", "c"), ["ready", "unloaded", "ready"]);
  });

  test("a busy one ends its answers first, and nobody's is lost", async () => {
    server = await startSeveral([spec("a"), spec("b")], one);
    const long = "word ".repeat(50).trim();
    const texts = Array.from({ length: 12 }, (_, index) => `${index} ${long}`);
    const answers = await Promise.all(texts.map((text, index) => ask(index % 3 === 0 ? "b" : "a", text)));
    assert.deepEqual(answers, texts);
  });

  test("a pinned one stays, and who asks for another is told", async () => {
    server = await startSeveral([spec("kept", { isPinned: true }), spec("other")], one);
    await ask("kept");
    const response = await postChat(server.app, chatBody("hi", { model: "other" }));
    assert.deepEqual([response.statusCode, errorOf(response).code], [500, "model_load_failed"]);
    assert.equal(stateOf("kept"), "ready");
  });

  test("memory-limit counts too", async () => {
    // A model takes 0.11 GiB by plan.
    server = await startSeveral([spec("a"), spec("b")], { memoryLimitBytes: 0.14 * 2 ** 30 });
    for (const name of ["a", "b"]) assert.equal(await ask(name, name), name);
    assert.deepEqual(states("a", "b"), ["unloaded", "ready"]);
  });

  test("who waits for memory has a deadline", async () => {
    server = await startSeveral([spec("a"), spec("b")], one);
    await ask("a");
    const held = server.models.find("a")?.lease();
    const headers = { "x-request-timeout": "50ms" };
    const payload = chatBody("hi", { model: "b" });
    const response = await server.app.inject({
      method: "POST",
      url: "/v1/chat/completions",
      headers,
      payload,
    });
    assert.deepEqual([response.statusCode, errorOf(response).code], [504, "queue_timeout"]);
    held?.release();
  });

  test("a stream tells that it waits, and is answered", async () => {
    server = await startSeveral([spec("a"), spec("b")], one);
    await ask("a");
    const held = server.models.find("a")?.lease();
    const url = await server.app.listen({ host: "127.0.0.1", port: 0 });
    const response = await fetch(`${url}/v1/chat/completions`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(chatBody("done", { model: "b", stream: true })),
    });
    // Its headers come with the first comment.
    held?.release();
    const body = await response.text();
    assert.match(body, /^: waiting for memory\n/);
    assert.match(body, /"content":"done"[\s\S]*data: \[DONE\]\n\n$/);
  });

  test("one that waits for memory keeps up none that there is room for", { timeout: 30_000 }, async () => {
    const large = { slots: 12, contextTokens: 8_192 };
    const specs = [spec("busy"), spec("large", {}, large), spec("small")];
    server = await startSeveral(specs, { memoryLimitBytes: 0.26 * 2 ** 30 });
    await ask("busy");
    const held = server.models.find("busy")?.lease();
    const waiting = ask("large", "at last");
    assert.equal(await ask("small", "meanwhile"), "meanwhile");
    assert.deepEqual(states("busy", "large", "small"), ["ready", "unloaded", "ready"]);
    held?.release();
    assert.equal(await waiting, "at last");
  });

  test("who waits for memory in vain is told when to come back", async () => {
    server = await startSeveral([spec("a"), spec("b")], { ...one, times: { roomMs: 100, retryMs: 5_000 } });
    await ask("a");
    const held = server.models.find("a")?.lease();
    const response = await postChat(server.app, chatBody("hi", { model: "b" }));
    assert.deepEqual([response.statusCode, errorOf(response).code], [503, "model_unavailable"]);
    assert.equal(response.headers["x-should-retry"], "true");
    const waitMs = Number(response.headers["retry-after-ms"]);
    assert.ok(waitMs > 4_000 && waitMs <= 5_100, `${waitMs} ms`);
    assert.match(errorOf(response).message, /no room for the model "b" now: .* in [56] s\.$/);
    held?.release();
  });

  test("the server goes away at once, whoever waits", async () => {
    server = await startSeveral([spec("a"), spec("b")], one);
    const running = postChat(server.app, chatBody("word ".repeat(400).trim(), { model: "a" }));
    await eventually(async () => (server.models.find("a")?.leases ?? 0) > 0);
    const waiting = postChat(server.app, chatBody("hi", { model: "b" }));
    await eventually(async () => stateOf("b") === "unloaded");
    server.admission.close();
    assert.equal(errorOf(await waiting).code, "shutting_down");
    await server.models.close();
    await running;
  });
});

describe("a swap that can load neither the new file nor the old one again", () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "weir-lost-"));
  const bad = path.join(folder, "nan.gguf");
  const file = path.join(folder, "old.gguf");
  let deaths: string[];
  before(() => writeModelWithoutNumbers(bad));
  beforeEach(() => {
    deaths = [];
    fs.copyFileSync(modelPaths.echo, file);
  });
  after(() => fs.rmSync(folder, { recursive: true }));

  /** With a model whose old file has gone since it was loaded, and these others. */
  async function serve(...others: readonly string[]): Promise<void> {
    const specs = [
      spec("lost", { load: "start" }, { modelPath: file }),
      ...others.map((name) => spec(name, { load: "start" })),
    ];
    const hooks = { onDeath: (reason: string) => void deaths.push(reason) };
    server = await startSeveral(specs, { times: { retryMs: 1_500 } }, defaultAdmission, hooks);
    fs.rmSync(file);
  }

  const swap = () =>
    server.app.inject({
      method: "POST",
      url: "/admin/models/lost/swap",
      payload: { model: bad, mode: "drain" },
    });

  test("fails that model alone where others serve, says so, and has it tried again", async () => {
    await serve("other");
    const swapping = swap();
    await eventually(async () => stateOf("lost") === "swapping");
    const waiting = postChat(server.app, chatBody("hi", { model: "lost" }));
    const refusal = errorOf(await swapping);
    assert.equal(refusal.code, "model_load_failed");
    assert.match(refusal.message, /nan\.gguf was not taken: .* old\.gguf could not be loaded again either: /);
    const later = postChat(server.app, chatBody("hi", { model: "lost" }));
    for (const response of [await waiting, await later]) {
      assert.deepEqual([response.statusCode, errorOf(response).code], [503, "model_unavailable"]);
      assert.match(errorOf(response).message, /a swap could load neither the new file nor the old one/);
    }
    assert.deepEqual(deaths, []);
    assert.equal(await ask("other", "serves on"), "serves on");
    const health = await server.app.inject("/health");
    assert.deepEqual([health.statusCode, health.json()], [200, { status: "ok", failed_models: 1 }]);
    const report = (await server.app.inject("/admin/models")).json();
    assert.deepEqual(
      report.data.map(({ id, state }: { id: string; state: string }) => [id, state]),
      [
        ["lost", "failed"],
        ["other", "ready"],
      ],
    );

    fs.copyFileSync(modelPaths.echo, file);
    await eventually(async () => stateOf("lost") === "unloaded");
    assert.equal(await ask("lost", "again"), "again");
    assert.deepEqual((await server.app.inject("/health")).json(), { status: "ok" });
  });

  test("is told to who owns the process where there is no other", async () => {
    await serve();
    await swap();
    assert.match(deaths.join(), /could not be loaded again either/);
    assert.equal(stateOf("lost"), "failed");
  });
});
