import assert from "node:assert/strict";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { describe, type TestContext, test } from "node:test";
import OpenAI, { APIError } from "openai";
import { ModelRegistry } from "#weir/registry/model-registry.js";
import type { ModelDirectory } from "#weir/registry/served-model.js";
import { buildApp } from "#weir/server/app.js";
import { createLogger } from "#weir/telemetry/logger.js";
import { eventually } from "../http/requests.js";
import { writeModelWithoutNumbers } from "../native/bad-model.js";
import { loadOptions } from "../support/load-options.js";
import { spec, startSeveral } from "../support/several-server.js";

/** A server that counts the requests that arrive, and a client that tries each of its own three times, as it does by default. */
async function serve(models: ModelDirectory, context: TestContext) {
  const app = buildApp({ models, logger: createLogger("silent") });
  const arrivedAtMs: number[] = [];
  app.addHook("onRequest", async () => void arrivedAtMs.push(performance.now()));
  const url = await app.listen({ host: "127.0.0.1", port: 0 });
  context.after(() => app.close());
  return { client: new OpenAI({ baseURL: `${url}/v1`, apiKey: "none" }), arrivedAtMs };
}

const says = (content: string) => ({
  model: "echo",
  messages: [{ role: "user" as const, content }],
  temperature: 0,
});

async function echoRegistry(context: TestContext, changes: Parameters<typeof loadOptions>[0] = {}) {
  const models = new ModelRegistry(createLogger("silent"));
  context.after(() => models.close());
  await models.load(loadOptions({ alias: "echo", contextTokens: 256, ...changes }));
  return models;
}

describe("the openai package with its own retries", () => {
  test("does not repeat what is refused", async (context) => {
    const { client, arrivedAtMs } = await serve(await echoRegistry(context), context);
    await assert.rejects(client.chat.completions.create(says("word ".repeat(500))), isStatus(400));
    assert.equal(arrivedAtMs.length, 1);
  });

  test("does not repeat a request to a model that could not be loaded, though it is a 500", async (context) => {
    const failed: ModelDirectory = { state: "failed", progress: 0, list: () => [], find: () => undefined };
    const { client, arrivedAtMs } = await serve(failed, context);
    await assert.rejects(client.chat.completions.create(says("hi")), isStatus(500));
    assert.equal(arrivedAtMs.length, 1);
  });

  test("comes back when it is told to where there was no room for the model, and gets its answer then", async (context) => {
    const specs = [spec("busy"), spec("echo")];
    const several = await startSeveral(specs, { mostLoaded: 1, times: { roomMs: 100, retryMs: 1_500 } });
    context.after(() => several.close());
    const { client, arrivedAtMs } = await serve(several.models, context);
    await client.chat.completions.create({ ...says("hi"), model: "busy" });
    const held = several.models.find("busy")?.lease();
    const answer = client.chat.completions.create(says("there is room"));
    await eventually(async () => several.models.find("echo")?.state === "failed");
    held?.release();
    assert.equal((await answer).choices[0]?.message.content, "there is room");
    const [gap = 0, ...others] = gaps(arrivedAtMs.slice(1));
    assert.ok(gap >= 1_490 && others.length === 0, `${gaps(arrivedAtMs).join(", ")} ms`);
  });

  test("does not repeat what a defect has answered, though it is a 500", async (context) => {
    const broken: ModelDirectory = {
      state: "ready",
      progress: 1,
      list: () => [],
      find: () => {
        throw new TypeError("a defect");
      },
    };
    const { client, arrivedAtMs } = await serve(broken, context);
    await assert.rejects(client.chat.completions.create(says("hi")), isStatus(500));
    assert.equal(arrivedAtMs.length, 1);
  });

  test("repeats twice, a second apart, what an engine has failed on", async (context) => {
    const file = path.join(os.tmpdir(), `weir-retries-${process.pid}.gguf`);
    writeModelWithoutNumbers(file);
    context.after(() => fs.rmSync(file));
    const { client, arrivedAtMs } = await serve(await echoRegistry(context, { modelPath: file }), context);
    await assert.rejects(client.chat.completions.create(says("hi")), isStatus(500));
    assert.equal(arrivedAtMs.length, 3);
    for (const gap of gaps(arrivedAtMs)) assert.ok(gap >= 990 && gap < 3_000, `${gap} ms`);
  });

  test("waits as long as a loading model asks it to, and gets its answer then", async (context) => {
    const echo = await echoRegistry(context);
    let isLoaded = false;
    const models: ModelDirectory = {
      get state() {
        return isLoaded ? echo.state : "loading";
      },
      progress: 0.5,
      list: () => (isLoaded ? echo.list() : []),
      find: (name) => (isLoaded ? echo.find(name) : undefined),
    };
    const { client, arrivedAtMs } = await serve(models, context);
    setTimeout(() => {
      isLoaded = true;
    }, 2_000);
    const { choices } = await client.chat.completions.create(says("hi"));
    assert.equal(choices[0]?.message.content, "hi");
    assert.equal(arrivedAtMs.length, 2);
    for (const gap of gaps(arrivedAtMs)) assert.ok(gap >= 4_990, `${gap} ms`);
  });
});

function isStatus(status: number): (error: unknown) => boolean {
  return (error) => error instanceof APIError && error.status === status;
}

function gaps(timesMs: readonly number[]): number[] {
  return timesMs.slice(1).map((time, index) => time - (timesMs[index] ?? 0));
}
