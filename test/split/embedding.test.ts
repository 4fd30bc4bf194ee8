import assert from "node:assert/strict";
import { test } from "node:test";
import { embeddingOptions, placement } from "../native/addon.js";
import { modelPaths } from "../support/models.js";
import { largestDistance, sentences, unitVectors, valuesOf } from "../support/texts.js";
import { perDevice, skipWithoutDriver, twoDevices } from "./two-devices.js";

/** The devices multiply in half precision and in another order than the CPU. */
const rounding = 0.01;

const vector = { what: "an embedding model", path: modelPaths.tinyEmbedding, compute: unitVectors };
const scores = { what: "a reranker", path: modelPaths.tinyRerank, compute: valuesOf };

for (const { what, path, compute } of [vector, scores]) {
  test(`${what} split over two devices skips the logits there too and gives the CPU's values`, async (t) => {
    if (skipWithoutDriver(t)) return;
    const addon = await twoDevices({ halfPrecision: true });
    const on = async (changes: object) => {
      const model = await addon.loadModel(path, { ...placement, ...changes }, () => {}).promise;
      const texts = sentences(16).map((text) => model.tokenize(text, true, true));
      const context = new addon.EmbeddingContext(model, embeddingOptions());
      const { skipsLogits } = context.info();
      const devices = perDevice(context.memory());
      const values = compute(context, texts);
      context.close();
      model.close();
      return { values, devices, skipsLogits };
    };
    const split = await on({ splitMode: "layer", tensorSplit: [1, 1] });
    const cpu = await on({ cpuOnly: true });
    const apart = largestDistance(split.values, cpu.values);
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
}
