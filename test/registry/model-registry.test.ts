import assert from "node:assert/strict";
import os from "node:os";
import { test } from "node:test";
import type { GenerationOutcome } from "#weir/engine/generation.js";
import type { LoadOptions } from "#weir/llama/options.js";
import type { HostedModel } from "#weir/registry/hosted-model.js";
import type { ModelInstance } from "#weir/registry/model-instance.js";
import { ModelRegistry } from "#weir/registry/model-registry.js";
import { greedy, request } from "../engine/builders.js";
import { cpuAddon } from "../native/addon.js";
import { loadOptions } from "../support/load-options.js";
import { modelPaths } from "../support/models.js";
import { spec } from "../support/several-server.js";

interface Logged {
  readonly models: ModelRegistry;
  readonly errors: string[];
  readonly warnings: object[];
}

/** A registry, the lines that it logged at error level, and the fields of its warnings. */
function registry(memoryLimitBytes: number | null = null): Logged {
  const errors: string[] = [];
  const warnings: object[] = [];
  const quiet = (): void => {};
  const models = new ModelRegistry(
    {
      error: (_fields, message) => void errors.push(message),
      warn: (fields) => void warnings.push(fields),
      info: quiet,
      debug: quiet,
    },
    { memoryLimitBytes },
  );
  return { models, errors, warnings };
}

async function loadEcho(models: ModelRegistry, changes: Partial<LoadOptions> = {}): Promise<ModelInstance> {
  const [model] = (await models.load(loadOptions(changes))).instances;
  if (model?.kind !== "generation") throw new Error("the echo model generates");
  return model;
}

const code = (expected: string) => (error: Error & { code?: string }) => error.code === expected;

test("closing cancels what runs and what waits, and frees everything", async () => {
  const { models, errors } = registry();
  const model = await loadEcho(models, { slots: 1 });
  const outcomes: GenerationOutcome[] = [];
  const started = new Promise<void>((resolve) => {
    for (let i = 0; i < 3; i++) {
      const endless = request([1000, 1001], { maxTokens: 2000, sampling: { ...greedy, ignoreEos: true } });
      model.generate(endless, { onText: () => resolve(), onFinish: (outcome) => outcomes.push(outcome) });
    }
  });
  await started;
  await models.close();
  const { addon } = await cpuAddon();
  assert.deepEqual(
    outcomes.map(({ finishReason }) => finishReason),
    ["cancelled", "cancelled", "cancelled"],
  );
  assert.deepEqual(addon.alive(), { models: 0, contexts: 0 });
  assert.deepEqual([models.state, errors], ["closing", []]);
});

test("more threads than the process has cores are told of, as many are not", async () => {
  const cores = os.availableParallelism();
  const { models, warnings } = registry();
  // A model that computes nothing until it is asked: threads without a core are slow.
  const options = { modelPath: modelPaths.tinyEmbedding, contextTokens: 256, slots: 1 };
  await models.load(loadOptions({ ...options, alias: "a", threads: cores }));
  assert.deepEqual(warnings, []);
  await models.load(loadOptions({ ...options, alias: "b", threads: cores + 1 }));
  await models.close();
  assert.deepEqual(warnings, [{ model: "b", threads: cores + 1, cores }]);
});

test("a context that does not fit is refused with the numbers and leaves nothing behind", async () => {
  const { models } = registry(2 ** 31);
  const huge = loadOptions({ slots: 256, contextTokens: 16_384 });
  await assert.rejects(models.load(huge), /CPU lacks .*KV cache \d+\.\d\d .*; this fits: --parallel \d+/);
  const { addon } = await cpuAddon();
  assert.deepEqual(addon.alive(), { models: 0, contexts: 0 });
  assert.equal(models.state, "failed");
});

test("a loading that is aborted by its signal leaves nothing behind", async () => {
  const { models } = registry();
  const signal = AbortSignal.abort();
  await assert.rejects(models.load(loadOptions(), { signal }), code("model_load_aborted"));
  const { addon } = await cpuAddon();
  assert.deepEqual(addon.alive(), { models: 0, contexts: 0 });
});

test("a sink that throws is reported and keeps nobody else from an answer", async () => {
  const { models, errors } = registry();
  const model = await loadEcho(models, { slots: 2 });
  const faults: unknown[] = [];
  const short = (): ReturnType<typeof request> =>
    request([1000, 1001], { maxTokens: 8, sampling: { ...greedy, ignoreEos: true } });
  const fail = (): never => {
    throw new Error("from the sink");
  };
  model.generate(short(), { onText: fail, onFinish: (outcome) => faults.push(outcome.finishReason) });
  const outcome = await new Promise<GenerationOutcome>((onFinish) => {
    model.generate(short(), { onText: () => {}, onFinish });
  });
  await models.close();
  assert.deepEqual([outcome.finishReason, outcome.completionTokens], ["length", 8]);
  assert.ok(errors.length > 0);
});

test("a generation on a closed model ends with an error", async () => {
  const { models } = registry();
  const model = await loadEcho(models);
  await models.close();
  const outcome = await new Promise<GenerationOutcome>((onFinish) => {
    model.generate(request([1000]), { onText: () => {}, onFinish });
  });
  assert.match(outcome.failure?.message ?? "", /engine thread has ended/);
  await assert.rejects(model.stats(), code("engine_failed"));
});

test("a file is planned once to learn what it is, and once to tell what it would lack", async (t) => {
  let threads = 0;
  const count = (): void => void threads++;
  process.on("worker", count);
  t.after(() => process.off("worker", count));
  const { models } = registry();
  const model = models.add(loadOptions());
  await model.inspect();
  assert.equal(threads, 1);
  const freed = { device: "CPU", modelBytes: 1, contextBytes: 0, computeBytes: 0 };
  assert.equal(await model.shortage([freed]), null);
  assert.equal(threads, 2);
  await models.close();
});

test("a request that comes during the start keeps no model of the start out", async (t) => {
  // A model takes 0.11 GiB by plan.
  const { models } = registry(0.25 * 2 ** 30);
  t.after(() => models.close());
  const specs = [spec("a", { load: "start" }), spec("b", { load: "start" }), spec("lazy")];
  // The server listens before its models are loaded.
  const onPlaced = (model: HostedModel): void => {
    if (model.id === "a") models.find("lazy")?.want();
  };
  const started = await models.start(specs, { onPlaced });
  assert.deepEqual(
    started.map(({ state }) => state),
    ["ready", "ready", "unloaded"],
  );
});
