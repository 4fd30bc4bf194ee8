import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { chatRequest } from "#weir/api/openai/chat-request.js";
import { parseRequest } from "#weir/api/openai/parse-request.js";
import { samplingDefaults } from "#weir/api/openai/sampling-defaults.js";
import { toSampling } from "#weir/api/openai/to-sampling.js";
import { unconstrained } from "#weir/engine/generation.js";
import { chatBody, refusal } from "./builders.js";

const vocabularySize = 1_000;
const randomSeed = 42;

function sampling(fields: object) {
  return toSampling(parseRequest(chatRequest, chatBody(fields)), unconstrained, vocabularySize, randomSeed);
}

describe("sampling parameters", () => {
  test("are llama-server's defaults and a random seed where a request says nothing", () => {
    assert.deepEqual(sampling({}), {
      ...samplingDefaults,
      ...unconstrained,
      seed: randomSeed,
      logitBias: [],
    });
  });

  test("are the defaults where a request says null", () => {
    assert.equal(sampling({ temperature: null }).temperature, samplingDefaults.temperature);
  });

  test("keep a temperature of zero", () => {
    assert.equal(sampling({ temperature: 0 }).temperature, 0);
  });

  test("read every field", () => {
    const fields = {
      temperature: 1.5,
      top_k: 7,
      top_p: 0.5,
      min_p: 0.1,
      typical_p: 0.9,
      seed: 3,
      presence_penalty: 1,
      frequency_penalty: -1,
      repetition_penalty: 1.1,
      repeat_last_n: 32,
      logit_bias: { 5: 2 },
      ignore_eos: true,
    };
    assert.deepEqual(sampling(fields), {
      temperature: 1.5,
      topK: 7,
      topP: 0.5,
      minP: 0.1,
      typicalP: 0.9,
      seed: 3,
      presencePenalty: 1,
      frequencyPenalty: -1,
      repetitionPenalty: 1.1,
      penaltyWindowTokens: 32,
      logitBias: [[5, 2]],
      ignoreEos: true,
      ...unconstrained,
    });
  });

  test("take a top_k of -1 as the whole vocabulary", () => {
    assert.equal(sampling({ top_k: -1 }).topK, 0);
  });

  test("know llama-server's name of the repetition penalty", () => {
    assert.equal(sampling({ repeat_penalty: 1.2 }).repetitionPenalty, 1.2);
  });

  for (const [seed, folded] of [
    [2 ** 32 - 2, 2 ** 32 - 2],
    [2 ** 32 + 5, 5],
    [-2, 2 ** 32 - 2],
    [Number.MIN_SAFE_INTEGER, 1],
    [-1, randomSeed],
    [2 ** 32 - 1, randomSeed],
  ] as const) {
    test(`take the seed ${seed} as ${folded}`, () => {
      assert.equal(sampling({ seed }).seed, folded);
    });
  }

  test("take a bias of -100 as a ban", () => {
    assert.deepEqual(sampling({ logit_bias: { 5: -100 } }).logitBias, [[5, Number.NEGATIVE_INFINITY]]);
  });

  for (const id of ["1000", "-1", "a", "1.5", "", "99999999999"]) {
    test(`refuse a bias of token ${JSON.stringify(id)}`, () => {
      const error = refusal(() => sampling({ logit_bias: { [id]: 1 } }));
      assert.equal(error.param, "logit_bias");
      assert.match(error.message, /from 0 to 999/);
    });
  }
});
