import assert from "node:assert/strict";
import { test } from "node:test";
import type { NativePlacement } from "#weir/llama/addon.js";
import { contextOptions, placement } from "../native/addon.js";
import { modelPaths } from "../support/models.js";
import { perDevice, skipWithoutDriver, twoDevices } from "./two-devices.js";

test("placement options reach llama.cpp", async (t) => {
  if (skipWithoutDriver(t)) return;
  const addon = await twoDevices({ halfPrecision: true });
  const devicesWith = async (changes: Partial<NativePlacement>): Promise<unknown> => {
    const model = await addon.loadModel(modelPaths.small, { ...placement, ...changes }, () => {}).promise;
    const context = new addon.Context(model, contextOptions());
    const devices = perDevice(context.memory());
    context.close();
    model.close();
    return Object.entries(devices)
      .filter(([, { weights, cache }]) => weights && cache)
      .map(([device]) => device);
  };
  assert.deepEqual(await devicesWith({ tensorSplit: [1, 1] }), ["Vulkan0", "Vulkan1"]);
  assert.deepEqual(await devicesWith({ tensorSplit: [0, 1] }), ["Vulkan1"]);
  assert.deepEqual(await devicesWith({ splitMode: "none", mainGpu: 1 }), ["Vulkan1"]);
  assert.deepEqual(await devicesWith({ devices: ["Vulkan0"] }), ["Vulkan0"]);
  assert.deepEqual(await devicesWith({ gpuLayers: 0 }), []);
  assert.deepEqual(await devicesWith({ cpuOnly: true }), []);
});
