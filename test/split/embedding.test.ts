import assert from "node:assert/strict";
import { test } from "node:test";
import { embeddingOptions, placement } from "../native/addon.js";
import { modelPaths } from "../support/models.js";
import { largestDistance, sentences, unitVectors } from "../support/texts.js";
import { perDevice, skipWithoutDriver, twoDevices } from "./two-devices.js";

/** The devices multiply in half precision and in another order than the CPU. */
const rounding = 0.01;

test("an embedding model split over two devices skips the logits there too and gives the CPU's vectors", async (t) => {
  if (skipWithoutDriver(t)) return;
  const addon = await twoDevices({ halfPrecision: true });
  const compute = async (changes: object) => {
    const model = await addon.loadModel(modelPaths.tinyEmbedding, { ...placement, ...changes }, () => {})
      .promise;
    const texts = sentences(16).map((text) => model.tokenize(text, true, true));
    const context = new addon.EmbeddingContext(model, embeddingOptions());
    const { skipsLogits } = context.info();
    const devices = perDevice(context.memory());
    const vectors = unitVectors(context, texts);
    context.close();
    model.close();
    return { vectors, devices, skipsLogits };
  };
  const split = await compute({ splitMode: "layer", tensorSplit: [1, 1] });
  const cpu = await compute({ cpuOnly: true });
  const apart = largestDistance(split.vectors, cpu.vectors);
  t.diagnostic(JSON.stringify({ apart, devices: split.devices }));
  assert.ok(apart <= rounding, `${apart} apart`);
  assert.equal(split.skipsLogits, true);
  assert.deepEqual(
    Object.entries(split.devices).map(([device, { weights }]) => [device, weights]),
    [
      ["Vulkan0", true],
      ["Vulkan1", true],
    ],
  );
  assert.deepEqual(addon.alive(), { models: 0, contexts: 0 });
});
