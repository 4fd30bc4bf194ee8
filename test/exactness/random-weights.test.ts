import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { getLlama, type LlamaModel } from "node-llama-cpp";
import type { GenerationRequest } from "#weir/engine/generation.js";
import type { ModelHandle, NativeContextOptions } from "#weir/llama/addon.js";
import { greedy, request } from "../engine/builders.js";
import { type Addon, contextOptions, cpuAddon, placement } from "../native/addon.js";
import { modelPaths } from "../support/models.js";
import { TokenEngine } from "../support/token-engine.js";
import { assertSameGreedy } from "./rounding.js";

const answerTokens = 24;

/** Prompts of different lengths from a few words of the real vocabulary. */
function prompts(model: ModelHandle, count: number): Int32Array[] {
  const words = [
    "river",
    " weir",
    " holds",
    " 水",
    " the",
    " flood",
    "\n",
    " 42",
    " and",
    " lets",
    " it",
    " through",
    " 🌊",
  ];
  return Array.from({ length: count }, (_, i) => {
    const text = Array.from(
      { length: 5 + ((i * 7) % 60) },
      (_, j) => words[(i * 5 + j * (1 + (i % 3)) + (j % 4)) % words.length],
    );
    return model.tokenize(text.join(""), false, false);
  });
}

const greedyRequest = (prompt: Int32Array): GenerationRequest =>
  request([...prompt], { maxTokens: answerTokens, sampling: { ...greedy, ignoreEos: true } });

// More requests than a variation has slots, and rows than its micro batches have; the small model computes for seconds.
for (const [name, crowd] of [
  ["tiny", 31],
  ["small", 17],
] as const) {
  describe(`the ${name} random-weight model`, () => {
    let addon: Addon;
    let model: ModelHandle;
    let theirs: LlamaModel;
    let all: Int32Array[];
    let alone: number[][];

    before(async () => {
      ({ addon } = await cpuAddon());
      model = await addon.loadModel(modelPaths[name], placement, () => {}).promise;
      all = prompts(model, crowd);
      alone = run(
        {},
        all.map((prompt) => [prompt]),
      ).flat();
      const llama = await getLlama({ gpu: false, build: "never", skipDownload: true });
      theirs = await llama.loadModel({ modelPath: modelPaths[name] });
    });

    after(async () => {
      model.close();
      await theirs.dispose();
    });

    /** Answers of groups of prompts, each group run together, in one context with these options. */
    function run(changes: Partial<NativeContextOptions>, groups: Int32Array[][]): number[][][] {
      const options = {
        slots: crowd,
        contextTokens: 512,
        batchTokens: 512,
        microBatchTokens: 512,
        ...changes,
      };
      const engine = new TokenEngine(addon, model, contextOptions(options));
      const answers = groups.map((group) => engine.run(group.map(greedyRequest)));
      engine.close();
      return answers;
    }

    test("greedy answers equal node-llama-cpp's own evaluation", async (t) => {
      const sample = all.slice(0, 8);
      const context = await theirs.createContext({ contextSize: 512, batchSize: 512, threads: 1 });
      const expected: number[][] = [];
      for (const prompt of sample) {
        const sequence = context.getSequence();
        const tokens: number[] = [];
        for await (const token of sequence.evaluate([...prompt] as never[], {
          temperature: 0,
          yieldEogToken: true,
        })) {
          tokens.push(token);
          if (tokens.length === answerTokens) break;
        }
        expected.push(tokens);
        sequence.dispose();
      }
      await context.dispose();
      t.diagnostic(JSON.stringify(assertSameGreedy(addon, model, sample, alone.slice(0, 8), expected)));
    });

    test(`an answer is the same alone and among ${crowd - 1} others`, (t) => {
      t.diagnostic(JSON.stringify(assertSameGreedy(addon, model, all, run({}, [all]).flat(), alone)));
    });

    for (const [what, changes] of [
      ["the batch size", { batchTokens: 40, microBatchTokens: 40 }],
      ["the micro batch size", { microBatchTokens: 16 }],
      ["the number of slots", { slots: 5 }],
      ["flash attention", { flashAttention: "off" }],
      ["the number of threads", { threads: 2, samplerThreads: 1 }],
    ] as const) {
      test(`an answer does not depend on ${what}`, (t) => {
        t.diagnostic(JSON.stringify(assertSameGreedy(addon, model, all, run(changes, [all]).flat(), alone)));
      });
    }

    test("an answer does not depend on the order of arrival", (t) => {
      const backwards = run({ slots: 7 }, [[...all].reverse()])
        .flat()
        .reverse();
      t.diagnostic(JSON.stringify(assertSameGreedy(addon, model, all, backwards, alone)));
    });

    test("an answer on a reused prefix equals the one computed afresh", (t) => {
      const first = all[9] ?? Int32Array.of();
      const longer = Int32Array.of(...first, ...(alone[9] ?? []), ...(all[3] ?? []));
      const [, [continued = []] = []] = run({}, [[first], [longer]]);
      const [[fresh = []] = []] = run({}, [[longer]]);
      t.diagnostic(JSON.stringify(assertSameGreedy(addon, model, [longer], [continued], [fresh])));
    });

    test("the answers vary, so that a mix-up would be seen", () => {
      assert.ok(new Set(alone.map((tokens) => tokens.join())).size > crowd - 3);
    });

    test("the same seed gives the same tokens and another seed others", () => {
      const engine = new TokenEngine(
        addon,
        model,
        contextOptions({ slots: 8, contextTokens: 512, batchTokens: 512 }),
      );
      const seeded = (seed: number): GenerationRequest =>
        request([...(all[4] ?? [])], {
          maxTokens: answerTokens,
          sampling: { ...greedy, temperature: 1, topK: 40, ignoreEos: true, seed },
        });
      const [first] = engine.run([seeded(7)]);
      const [again] = engine.run([seeded(7)]);
      const [other] = engine.run([seeded(8)]);
      engine.close();
      assert.deepEqual(again, first);
      assert.notDeepEqual(other, first);
    });
  });
}
