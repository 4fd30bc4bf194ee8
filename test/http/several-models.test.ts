import assert from "node:assert/strict";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, describe, test } from "node:test";
import { cpuAddon } from "../native/addon.js";
import { modelPaths } from "../support/models.js";
import { type SeveralServer, spec, startSeveral } from "../support/several-server.js";
import { chatBody, contentOf, errorOf, eventually, postChat } from "./requests.js";

let server: SeveralServer;
afterEach(() => server.close());

const stateOf = (name: string): string | undefined => server.models.find(name)?.state;
const states = (...names: string[]): (string | undefined)[] => names.map(stateOf);
const ask = (model: string, content = "hi"): Promise<unknown> => contentOf(server.app, content, { model });

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
    const texts = ["one", "two", "three", "four"];
    assert.deepEqual(await Promise.all(texts.map((text) => ask("lazy", text))), texts);
    assert.deepEqual(addon.alive(), { models: 2, contexts: 2 });
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
    assert.doesNotMatch(errorOf(responses[0] ?? assert.fail()).message, /tmp/);
    assert.equal((await postChat(server.app, chatBody("c", { model: "lazy" }))).statusCode, 500);
    assert.equal(await ask("first", "serves on"), "serves on");
  });
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
