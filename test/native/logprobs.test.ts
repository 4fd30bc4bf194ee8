import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { rowMark, scoredBy } from "#weir/engine/batch-plan.js";
import type { SamplingParameters } from "#weir/engine/generation.js";
import type { ModelHandle } from "#weir/llama/addon.js";
import { greedy } from "../engine/builders.js";
import { type Addon, type ContextHandle, contextOptions, cpuAddon, loadTiny } from "./addon.js";
import { runPlan } from "./slot.js";

let addon: Addon;
let model: ModelHandle;
let context: ContextHandle;

before(async () => {
  ({ addon } = await cpuAddon());
  model = await loadTiny(addon);
});

beforeEach(() => {
  context = new addon.Context(model, contextOptions({ slots: 4 }));
});

afterEach(() => {
  context.close();
  assert.deepEqual(addon.alive(), { models: 1, contexts: 0 });
});

after(() => {
  model.close();
  assert.deepEqual(addon.alive(), { models: 0, contexts: 0 });
});

const prompt = [1000, 2000, 3000];

interface Sampled {
  readonly token: number;
  readonly logprob: number;
  readonly top: readonly (readonly [token: number, logprob: number])[];
  /** What llama.cpp computed for the row. */
  readonly logits: Float32Array;
}

/** Computes a prompt in slot 0 and samples once behind it. */
function sample(sampling: Partial<SamplingParameters>, tokens = prompt): Sampled {
  context.setSampler(0, { ...greedy, topLogprobs: 0, ...sampling }, Int32Array.from(tokens));
  const result = runPlan(context, (plan) => {
    plan.remove(0, 0);
    for (const [position, token] of tokens.entries())
      plan.promptRow(token, position, 0, position === tokens.length - 1 ? 0 : rowMark.noSampler);
  });
  return read(result.at(-1) ?? -1, tokens.length - 1);
}

function read(token: number, row: number): Sampled {
  const [logprob = Number.NaN, ...pairs] = context.logprobs(0);
  const top = Array.from(
    { length: pairs.length / 2 },
    (_, i) => [pairs[2 * i] ?? -1, pairs[2 * i + 1] ?? 0] as const,
  );
  return { token, logprob, top, logits: context.logits(row) };
}

/** Natural logarithms of the probabilities that a softmax gives, in double precision. */
function softmax(logits: Float32Array): (token: number) => number {
  const largest = logits.reduce((a, b) => Math.max(a, b));
  const sum = logits.reduce((total, logit) => total + Math.exp(logit - largest), 0);
  return (token) => (logits[token] ?? Number.NaN) - largest - Math.log(sum);
}

function assertClose(actual: number, expected: number): void {
  assert.ok(Math.abs(actual - expected) < 1e-5, `${actual} is not ${expected}`);
}

test("a token's log-probability is that of a softmax over its row", () => {
  const { token, logprob, logits } = sample({});
  assertClose(logprob, softmax(logits)(token));
});

test("so is that of a token that is not the likeliest", () => {
  for (let seed = 0; seed < 10; seed++) {
    const { token, logprob, logits } = sample({ temperature: 2, topK: 0, topP: 1, minP: 0, seed });
    assertClose(logprob, softmax(logits)(token));
  }
});

for (const count of [1, 2, 5, 20]) {
  test(`the ${count} likeliest tokens are the row's ${count} largest, in order, with their log-probabilities`, () => {
    const { top, logits } = sample({ topLogprobs: count });
    const largest = Array.from(logits.keys()).sort((a, b) => (logits[b] ?? 0) - (logits[a] ?? 0) || a - b);
    const expected = softmax(logits);
    assert.deepEqual(
      top.map(([token]) => token),
      largest.slice(0, count),
    );
    for (const [token, logprob] of top) assertClose(logprob, expected(token));
  });
}

test("with 0 likeliest tokens there is the sampled one alone, and with -1 nothing", () => {
  assert.deepEqual(sample({ topLogprobs: 0 }).top, []);
  sample({ topLogprobs: -1 });
  assert.equal(context.logprobs(0).length, 0);
});

test("all log-probabilities of a row together are those of one certain thing", () => {
  const { logits } = sample({});
  const expected = softmax(logits);
  const sum = Array.from(logits.keys()).reduce((total, token) => total + Math.exp(expected(token)), 0);
  assertClose(sum, 1);
});

for (const [what, changes] of [
  ["temperature", { temperature: 1.7 }],
  ["penalties", { repetitionPenalty: 1.9, presencePenalty: 1, frequencyPenalty: 2 }],
  ["a bias", { logitBias: [[4000, 50]] }],
  ["bans", { ignoreEos: true, minTokens: 3 }],
  ["truncation", { temperature: 1, topK: 2, topP: 0.1, minP: 0.5, typicalP: 0.2 }],
  ["a grammar", { grammar: "root ::= [0-9]+", grammarRoot: "root" }],
] as const) {
  test(`log-probabilities are those before ${what}`, () => {
    const { top } = sample({ topLogprobs: 20 });
    const changed = sample({ topLogprobs: 20, ...changes });
    assert.deepEqual(changed.top, top);
    assertClose(changed.logprob, softmax(changed.logits)(changed.token));
  });
}

test("asking for log-probabilities changes no token", () => {
  const random = { temperature: 1, topK: 0, topP: 1, minP: 0 };
  for (let seed = 0; seed < 5; seed++) {
    const { token } = sample({ ...random, seed, topLogprobs: 20 });
    assert.equal(sample({ ...random, seed, topLogprobs: -1 }).token, token);
  }
});

test("log-probabilities are those of the last token until the next one is sampled", () => {
  const first = sample({ topLogprobs: 2 });
  assert.deepEqual(context.logprobs(0), context.logprobs(0));
  const result = runPlan(context, (plan) => plan.decodeRow(first.token, prompt.length, 0, 0));
  const second = read(result.at(-1) ?? -1, 0);
  assert.notDeepEqual(second.top, first.top);
  assertClose(second.logprob, softmax(second.logits)(second.token));
});

test("each sampler has its own, at any number of threads", () => {
  const values = [1, 3].map((samplerThreads) => {
    const other = new addon.Context(model, contextOptions({ slots: 4, samplerThreads }));
    for (let slot = 0; slot < 4; slot++)
      other.setSampler(slot, { ...greedy, topLogprobs: slot }, Int32Array.of());
    runPlan(other, (plan) => {
      for (let slot = 0; slot < 4; slot++) plan.promptRow(1000 + slot, 0, slot, slot);
    });
    const all = [0, 1, 2, 3].map((slot) => [...other.logprobs(slot)]);
    other.close();
    return all;
  });
  assert.deepEqual(values[0], values[1]);
  assert.deepEqual(
    values[0]?.map(({ length }) => length),
    [1, 3, 5, 7],
  );
});

test("before the first token there are none", () => {
  context.setSampler(0, { ...greedy, topLogprobs: 5 }, Int32Array.of());
  assert.equal(context.logprobs(0).length, 0);
});

const code = (expected: string) => (error: Error & { code?: string }) => error.code === expected;

test("a sampler that was cleared, or never set, has none", () => {
  sample({});
  context.clearSampler(0);
  assert.throws(() => context.logprobs(0), code("invalid_argument"));
  assert.throws(() => context.logprobs(3), code("invalid_argument"));
  assert.throws(() => context.logprobs(4), code("invalid_argument"));
  assert.throws(() => context.logprobs(-1), code("invalid_argument"));
});

test("more than 20 are refused", () => {
  assert.throws(() => sample({ topLogprobs: 21 }), /topLogprobs must be an integer from -1 to 20/);
});

test("a context that is closed has none", () => {
  const other = new addon.Context(model, contextOptions());
  other.setSampler(0, greedy, Int32Array.of());
  other.close();
  assert.throws(() => other.logprobs(0), code("handle_closed"));
});

test("a prompt's rows are scored in their order, over as many calls as it takes", () => {
  const tokens = Array.from({ length: 150 }, (_, i) => 1000 + 37 * i);
  const scores = (calls: readonly (readonly [from: number, to: number])[]): Float64Array[] => {
    context.setSampler(0, { ...greedy, topLogprobs: 2, scoresPrompt: true }, Int32Array.from(tokens));
    return calls.map(([from, to]) => {
      runPlan(context, (plan) => {
        if (from === 0) plan.remove(0, 0);
        for (let position = from; position < to; position++)
          plan.promptRow(tokens[position] ?? 0, position, 0, position === 149 ? 0 : scoredBy(0));
      });
      return context.takeScores(0);
    });
  };
  const [whole] = scores([[0, 150]]);
  const parts = scores([
    [0, 50],
    [50, 150],
  ]);
  assert.deepEqual([whole?.length, context.takeScores(0).length], [149 * 5, 0]);
  const joined = parts.flatMap((part) => [...part]);
  for (const [index, value] of joined.entries())
    assert.ok(Math.abs(value - (whole?.[index] ?? Number.NaN)) < 0.05 || index % 5 === 1 || index % 5 === 3);
  // The row before the last is the next one's: its logits are still there.
  const { logits } = sample({ topLogprobs: 0 }, tokens.slice(0, 149));
  const total = Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit), 0));
  assert.ok(Math.abs((logits[tokens[149] ?? 0] ?? 0) - total - (joined[148 * 5] ?? Number.NaN)) < 0.05);
});
