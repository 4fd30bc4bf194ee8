import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { Worker } from "node:worker_threads";
import { allBanned } from "#weir/engine/backend.js";
import type { SamplingParameters } from "#weir/engine/generation.js";
import type { ModelHandle } from "#weir/llama/addon.js";
import { greedy } from "../engine/builders.js";
import {
  type Addon,
  type ContextHandle,
  contextOptions,
  cpuAddon,
  loadTiny,
  noDecoded,
  oneRow,
} from "./addon.js";

// better-sqlite3's list of what could go wrong, for the sampler's newer parameters and for grammars.

let addon: Addon;
let variant: string;
let model: ModelHandle;
let context: ContextHandle;

before(async () => {
  ({ addon, variant } = await cpuAddon());
  model = await loadTiny(addon);
});

beforeEach(() => {
  context = new addon.Context(model, contextOptions());
});

afterEach(() => {
  context.close();
  assert.deepEqual(addon.alive(), { models: 1, contexts: 0 });
});

after(() => {
  model.close();
  assert.deepEqual(addon.alive(), { models: 0, contexts: 0 });
});

const code = (expected: string) => (error: Error & { code?: string }) => error.code === expected;

const digits: SamplingParameters = { ...greedy, grammar: "root ::= [0-9]{40}", grammarRoot: "root" };

const thinking = {
  startTokens: [1],
  endTokens: [2],
  forcedTokens: [2],
  prefillTokens: [],
  budgetTokens: 1,
};

/** Every field of the parameters whose reading can run JavaScript. */
const fields = [
  "minTokens",
  "stopTokens",
  "grammar",
  "grammarRoot",
  "thinking",
  "topLogprobs",
  "logitBias",
] as const;

for (const field of fields) {
  test(`a getter of ${field} that closes the context leaves a closed context`, () => {
    const value = digits[field];
    const parameters = Object.defineProperty({ ...digits, minTokens: 1 }, field, {
      get: () => {
        context.close();
        return value;
      },
    });
    assert.throws(() => context.setSampler(0, parameters, Int32Array.of()), code("handle_closed"));
  });

  test(`a getter of ${field} that throws sets no sampler`, () => {
    const parameters = Object.defineProperty({ ...digits, minTokens: 1 }, field, {
      get: () => {
        throw new Error("from the getter");
      },
    });
    assert.throws(() => context.setSampler(0, parameters, Int32Array.of()), /from the getter/);
    assert.throws(() => context.step(oneRow(), noDecoded), code("invalid_argument"));
  });
}

test("a getter that sets the same sampler is overruled by who asked for it", () => {
  const parameters = Object.defineProperty({ ...digits }, "grammar", {
    get: () => {
      context.setSampler(0, greedy, Int32Array.of());
      return digits.grammar;
    },
  });
  context.setSampler(0, parameters, Int32Array.of());
  const token = context.step(oneRow(), noDecoded).at(-1) ?? -1;
  const { bytes, ends } = model.pieces();
  assert.match(Buffer.from(bytes.subarray(ends[token - 1], ends[token])).toString(), /^\d$/);
});

test("a list of tokens that grows while it is read is read at its first length", () => {
  const stopTokens = [5];
  Object.defineProperty(stopTokens, 0, {
    get: () => {
      for (let i = 0; i < 5000; i++) stopTokens.push(i);
      return 5;
    },
  });
  context.setSampler(0, { ...greedy, minTokens: 1, stopTokens }, Int32Array.of());
});

test("a list of tokens that shrinks while it is read is read to its end", () => {
  const stopTokens = [5, 6, 7];
  Object.defineProperty(stopTokens, 0, {
    get: () => {
      stopTokens.length = 1;
      return 5;
    },
  });
  context.setSampler(0, { ...greedy, minTokens: 1, stopTokens }, Int32Array.of());
  assert.deepEqual(stopTokens, [5]);
});

for (const [what, changes, message] of [
  ["minTokens below 0", { minTokens: -1 }, /minTokens/],
  ["minTokens that is no number", { minTokens: "3" }, /minTokens/],
  ["a stop token beyond the vocabulary", { minTokens: 1, stopTokens: [151_936] }, /a token of stopTokens/],
  ["stop tokens that are no list", { minTokens: 1, stopTokens: 5 }, /stopTokens must be an array/],
  ["a grammar that is no string", { grammar: 5 }, /grammar must be a string/],
  ["a root that is no string", { grammar: "root ::= [0-9]", grammarRoot: null }, /grammarRoot/],
  ["a root that is not there", { grammar: "root ::= [0-9]", grammarRoot: "other" }, /no rule other/],
] as const) {
  test(`${what} is refused with the field's name`, () => {
    const parameters = { ...greedy, ...changes } as never;
    assert.throws(
      () => context.setSampler(0, parameters, Int32Array.of()),
      (error: Error & { code?: string }) => error.code === "invalid_argument" && message.test(error.message),
    );
  });
}

test("huge lists of stop tokens, biases and forced tokens are taken", () => {
  const many = Array.from({ length: 150_000 }, (_, i) => i);
  const parameters: SamplingParameters = {
    ...greedy,
    minTokens: 5,
    stopTokens: many,
    logitBias: many.map((token) => [token, -1] as const),
    thinking: { ...thinking, forcedTokens: many, prefillTokens: many },
  };
  context.setSampler(0, parameters, Int32Array.from(many));
  const token = context.step(oneRow(), noDecoded).at(-1) ?? -1;
  assert.ok(token >= 0);
});

test("a callback may set a sampler with a grammar, clear it and ask for log-probabilities", () => {
  context.setSampler(0, { ...digits, topLogprobs: 1 }, Int32Array.of());
  let calls = 0;
  const decode = Int32Array.of(0, 1, 0, 5, 0, 0, 0);
  context.step(decode, () => {
    calls++;
    assert.equal(context.logprobs(0).length, 3);
    context.setSampler(1, digits, Int32Array.of());
    context.clearSampler(1);
    assert.throws(() => context.setSampler(0, digits, Int32Array.of()), /can't be replaced/);
    context.clearSampler(0);
    assert.throws(() => context.logprobs(0), code("invalid_argument"));
  });
  assert.equal(calls, 1);
});

test("samplers with grammars outlive the model's handle, and go with the context", () => {
  const handle = addon.attachModel(model.info().id);
  const other = new addon.Context(handle, contextOptions());
  other.setSampler(0, digits, Int32Array.of());
  handle.close();
  assert.throws(() => handle.compileGrammar("root ::= [0-9]", "root"), code("handle_closed"));
  const token = other.step(oneRow(), noDecoded).at(-1) ?? -1;
  assert.ok(token >= 0);
  other.close();
});

test("a grammar that two threads compile at the same time, while a third samples with it, is one grammar", async () => {
  const addonModule = import.meta.resolve("#weir/llama/addon.js");
  const grammars = Array.from({ length: 40 }, (_, i) => `root ::= "${"x".repeat(i)}" [0-9]{${i + 1}}`);
  const source = `
    const { parentPort, workerData } = require("node:worker_threads");
    (async () => {
      const { loadAddon } = await import(${JSON.stringify(addonModule)});
      const model = loadAddon(${JSON.stringify(variant)}).attachModel(${model.info().id});
      for (let round = 0; round < 5; round++)
        for (const grammar of workerData) model.compileGrammar(grammar, "root");
      model.close();
      parentPort.postMessage("done");
    })();
  `;
  const workers = [1, 2].map(() => new Worker(source, { eval: true, workerData: grammars }));
  const done = Promise.all(workers.map((worker) => new Promise((resolve) => worker.once("exit", resolve))));
  const tokens = new Set<number>();
  for (let round = 0; round < 5; round++) {
    for (const grammar of grammars) {
      context.setSampler(0, { ...digits, grammar }, Int32Array.of());
      tokens.add(context.step(oneRow(), noDecoded).at(-1) ?? -1);
      context.step(Int32Array.of(1, 0, 0, 0, 0, 0), noDecoded);
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
  assert.deepEqual(await done, [0, 0]);
  assert.ok(!tokens.has(-1));
});

test("grammars that are large once they are compiled do not add up in memory", () => {
  const rss = (): number => process.memoryUsage.rss() / 2 ** 20;
  const large = (i: number): string => `# ${i}\nroot ::= ${'"0123456789"{1,2000} "x" '.repeat(20)}`;
  model.compileGrammar(large(0), "root");
  const before = rss();
  for (let i = 1; i <= 60; i++) model.compileGrammar(large(i), "root");
  // Each takes about 8 MB, the cache keeps 64 MB.
  assert.ok(rss() - before < 250, `${Math.round(rss() - before)} MB more`);
  context.setSampler(0, { ...digits, grammar: large(1) }, Int32Array.of());
});

test("parameters that leave no token are told from logits that are no numbers", () => {
  const { vocabularySize } = model.info();
  const logitBias = Array.from({ length: vocabularySize }, (_, token) => [token, -Infinity] as const);
  context.setSampler(0, { ...greedy, logitBias }, Int32Array.of());
  assert.equal(context.step(oneRow(), noDecoded).at(-1), allBanned);
  // Its logits become infinite, and their difference is no number.
  context.clearSampler(0);
  context.setSampler(0, { ...greedy, temperature: 2e-38 }, Int32Array.of());
  assert.notEqual(context.step(oneRow(), noDecoded).at(-1), -1);
});
