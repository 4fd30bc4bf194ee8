import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { SamplingParameters } from "#weir/engine/generation.js";
import type { ModelHandle } from "#weir/llama/addon.js";
import { greedy, request } from "../engine/builders.js";
import { modelPaths } from "../support/models.js";
import { TokenEngine } from "../support/token-engine.js";
import { type Addon, contextOptions, cpuAddon, placement } from "./addon.js";

let addon: Addon;
let model: ModelHandle;

before(async () => {
  ({ addon } = await cpuAddon());
  model = await addon.loadModel(modelPaths.tiny, placement, () => {}).promise;
});

after(() => model.close());

const base: SamplingParameters = {
  ...greedy,
  temperature: 0.8,
  topK: 40,
  topP: 0.95,
  minP: 0.05,
  ignoreEos: false,
};

/** One change or several of llama-server's defaults. */
const variations: readonly Partial<SamplingParameters>[] = [
  {},
  { topK: 1 },
  { topK: 5, topP: 1, minP: 0 },
  { topK: 500, temperature: 2, topP: 1, minP: 0 },
  { topK: 0, temperature: 1 },
  { topK: 100_000 },
  { typicalP: 0.5 },
  { temperature: 1.5, minP: 0.2 },
  { topP: 0.3 },
  { repetitionPenalty: 1.3 },
  { repetitionPenalty: 0.7, topK: 3 },
  { presencePenalty: 1.5, frequencyPenalty: 0.7 },
  { presencePenalty: -2, frequencyPenalty: -2, topK: 10 },
  { repetitionPenalty: 1.2, penaltyWindowTokens: -1 },
  { repetitionPenalty: 1.2, penaltyWindowTokens: 3 },
  { repetitionPenalty: 1.2, penaltyWindowTokens: 0 },
  { logitBias: [[1000, 100]] },
  {
    logitBias: [
      [2000, 4.5],
      [2001, 4],
      [2002, Number.NEGATIVE_INFINITY],
    ],
    topK: 2,
  },
  { logitBias: Array.from({ length: 300 }, (_, i) => [i * 7, i % 5] as const) },
  { ignoreEos: true },
  { ignoreEos: true, repetitionPenalty: 1.1, logitBias: [[3000, 5]], topK: 20 },
  { temperature: 0 },
  { temperature: 0, repetitionPenalty: 1.5 },
  { temperature: 0, logitBias: [[4000, 6]], frequencyPenalty: 2 },
];

/** 32 tokens with every variation, all together, from prompts that differ. */
function sampleAll(fastSampling: boolean): number[][] {
  const options = { slots: variations.length, contextTokens: 256, batchTokens: 512, fastSampling };
  const engine = new TokenEngine(addon, model, contextOptions(options));
  const answers = engine.run(
    variations.map((variation, i) =>
      request([1000 + i, 2000, 1000, 2000 + i], {
        maxTokens: 32,
        sampling: { ...base, seed: 100 + i, ...variation },
      }),
    ),
  );
  engine.close();
  return answers;
}

test("picking candidates from the logits gives the tokens that llama.cpp's chain gives for the whole row", () => {
  assert.deepEqual(sampleAll(true), sampleAll(false));
});

test("the variations are no two the same, so that a parameter that is lost would be seen", () => {
  assert.equal(new Set(sampleAll(true).map((tokens) => tokens.join())).size, variations.length);
});

test("a banned token never comes", () => {
  const engine = new TokenEngine(addon, model, contextOptions({ slots: 2 }));
  const [free = []] = engine.run([request([5], { maxTokens: 4 })]);
  const banned = [...new Set(free)].map((token) => [token, Number.NEGATIVE_INFINITY] as const);
  const [other = []] = engine.run([
    request([5], { maxTokens: 4, sampling: { ...greedy, logitBias: banned } }),
  ]);
  engine.close();
  assert.ok(!other.some((token) => free.includes(token)));
});

for (const temperature of [0, 1]) {
  test(`at temperature ${temperature}, a row whose tokens are all banned ends with an error`, () => {
    const engine = new TokenEngine(addon, model, contextOptions({ slots: 1 }));
    const { vocabularySize } = model.info();
    const logitBias = Array.from(
      { length: vocabularySize },
      (_, token) => [token, Number.NEGATIVE_INFINITY] as const,
    );
    assert.throws(
      () => engine.run([request([5], { sampling: { ...base, temperature, logitBias } })]),
      /no token/,
    );
    engine.close();
  });
}
