import assert from "node:assert/strict";
import { test } from "node:test";
import { greedy, request } from "../engine/builders.js";
import { assertSameGreedy } from "../exactness/rounding.js";
import { contextOptions, placement } from "../native/addon.js";
import { modelPaths } from "../support/models.js";
import { TokenEngine } from "../support/token-engine.js";
import { perDevice, skipWithoutDriver, twoDevices } from "./two-devices.js";

test("a model split over two devices has layers and cache on both and the CPU's greedy answer", async (t) => {
  if (skipWithoutDriver(t)) return;
  const addon = await twoDevices({ halfPrecision: true });
  const options = contextOptions({
    slots: 2,
    contextTokens: 256,
    batchTokens: 64,
    microBatchTokens: 64,
    threads: 2,
  });

  const split = { ...placement, splitMode: "layer", tensorSplit: [1, 1] } as const;
  const model = await addon.loadModel(modelPaths.small, split, () => {}).promise;
  const engine = new TokenEngine(addon, model, options);
  const prompts = ["The weir holds the river", " 水 and lets it"].map((text) =>
    model.tokenize(text, false, false),
  );
  const requests = prompts.map((prompt) =>
    request([...prompt], { maxTokens: 6, sampling: { ...greedy, ignoreEos: true } }),
  );
  const answers = engine.run(requests);
  const devices = perDevice(engine.backend.memory);
  engine.close();
  model.close();

  const cpuModel = await addon.loadModel(modelPaths.small, { ...placement, cpuOnly: true }, () => {}).promise;
  const cpuEngine = new TokenEngine(addon, cpuModel, options);
  const expected = cpuEngine.run(requests);
  const agreement = assertSameGreedy(addon, cpuModel, prompts, answers, expected);
  cpuEngine.close();
  cpuModel.close();

  t.diagnostic(JSON.stringify({ devices, agreement }));
  const both = { weights: true, cache: true };
  assert.deepEqual(devices, { Vulkan0: both, Vulkan1: both });
  assert.deepEqual(addon.alive(), { models: 0, contexts: 0 });
});
