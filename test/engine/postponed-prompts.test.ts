import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { StepResult } from "#weir/engine/backend.js";
import type { BatchPlan } from "#weir/engine/batch-plan.js";
import type { GenerationRequest } from "#weir/engine/generation.js";
import { greedy, letters, request, TestEngine } from "./builders.js";
import { endToken, FakeBackend } from "./fake-backend.js";

const tile = 64;

/** The bytes of an emoji, a token each: three of four bring no text. */
const emoji = [10, 11, 12, 13];
const emojiBytes = { 10: 0xf0, 11: 0x9f, 12: 0x98, 13: 0x80 };

interface Pace {
  /** What a decode pass takes, and a tile, whose rows are all alike; the target gap is 100. */
  readonly decodeMs: number;
  readonly tileMs: number;
}

/** Its passes take time, on the engine's clock. An answer is the tokens that its prompt begins with, again and again. */
class SlowBackend extends FakeBackend {
  readonly #pace: Pace;
  readonly #takeMs: (ms: number) => void;

  constructor(pace: Pace, takeMs: (ms: number) => void, outputsShareCost: boolean) {
    // The first token says how many those are; a step has room for a tile and a short prompt.
    const answer = (history: readonly number[]): number => {
      const [length = 1] = history;
      return history[1 + ((history.length - 1) % length)] ?? -1;
    };
    super({ slots: 3, slotTokens: 1024, batchTokens: tile + 10, outputsShareCost, answer });
    this.#pace = pace;
    this.#takeMs = takeMs;
  }

  override step(plan: BatchPlan, onDecoded: (tokens: Int32Array) => void): StepResult {
    const result = super.step(plan, (tokens) => {
      this.#takeMs(this.#pace.decodeMs);
      onDecoded(tokens);
    });
    this.#takeMs((this.#pace.tileMs * plan.promptRows) / tile);
    return result;
  }
}

/** A prompt whose answer is these tokens, again and again. */
function says(tokens: readonly number[], changes: Partial<GenerationRequest> = {}): GenerationRequest {
  const sampling = { ...greedy, ignoreEos: !tokens.includes(endToken) };
  return request([tokens.length, ...tokens], { maxTokens: 40, sampling, ...changes });
}

/** A prompt of so many tiles. */
function long(tiles: number, changes: Partial<GenerationRequest> = {}): GenerationRequest {
  const beginning = [1, 7];
  const rest = Array.from({ length: tiles * tile - beginning.length }, () => 6);
  return request([...beginning, ...rest], changes);
}

interface Scene {
  readonly backend: SlowBackend;
  readonly engine: TestEngine;
  /** Makes so many steps; how many rows of prompts each of them computed. */
  steps(count: number): number[];
}

/** Answers that run. */
function scene(
  answers: readonly GenerationRequest[],
  { outputsShareCost = false, ...pace }: Partial<Pace> & { readonly outputsShareCost?: boolean } = {},
): Scene {
  const takeMs = (ms: number): void => {
    engine.nowMs += ms;
  };
  const backend = new SlowBackend({ decodeMs: 10, tileMs: 80, ...pace }, takeMs, outputsShareCost);
  const engine = new TestEngine(backend, {}, letters(emojiBytes));
  for (const answer of answers) engine.submit(answer);
  const steps = (count: number): number[] =>
    Array.from({ length: count }, () => {
      engine.engine.step();
      return backend.steps.at(-1)?.promptSlots.length ?? 0;
    });
  steps(3);
  return { backend, engine, steps };
}

/** What the first steps compute of a long prompt that comes beside these answers. */
function partsBeside(
  answers: readonly GenerationRequest[],
  setting: Parameters<typeof scene>[1] = {},
): number[] {
  const { engine, steps } = scene(answers, setting);
  engine.submit(long(8));
  return steps(6);
}

const neverWaits = [tile, tile, tile, tile, tile, tile];
const waitsForEmoji = [tile, 0, tile, 0, tile, 0];

describe("the next part of a long prompt", () => {
  test("waits a step where an answer has a part of a character, but not for two steps", () => {
    assert.deepEqual(partsBeside([says(emoji)]), waitsForEmoji);
  });

  test("waits where one answer of several has a part of a character", () => {
    assert.deepEqual(partsBeside([says([7]), says(emoji)]), waitsForEmoji);
  });

  test("waits where outputs are better computed in the decode pass", () => {
    assert.deepEqual(partsBeside([says(emoji)], { outputsShareCost: true }), waitsForEmoji);
  });

  test("waits for what may become a stop string", () => {
    const [first, ...rest] = partsBeside([says([2, 3], { stopStrings: ["BD"] })]);
    assert.equal(first, tile);
    assert.deepEqual(rest.slice(0, 4).sort(), [0, 0, tile, tile]);
  });

  test("does not wait for answers whose every token brings text", () => {
    assert.deepEqual(partsBeside([says([7]), says([8])]), neverWaits);
  });

  // With the fourth token the first part is computed, which nobody waits for, with the fifth the next one.
  for (const [how, ending] of [
    ["by a stop string that takes its last text", says([2, 3, 4, 5, 8], { stopStrings: ["H"] })],
    ["within a character, by its length", says([2, 3, 4, 5, 10], { maxTokens: 5 })],
    ["within a character, by its end token", says([2, 3, 4, 10, endToken])],
    ["within a character, by a token that can't be sampled", says([2, 3, 4, 10, -1])],
  ] as const) {
    test(`does not wait for an answer that has ended ${how}`, () => {
      const { engine, steps } = scene([says([7]), ending]);
      engine.submit(long(8));
      steps(1);
      assert.equal(engine.result(2).outcome, null);
      assert.deepEqual(steps(5), neverWaits.slice(1));
      assert.notEqual(engine.result(2).outcome, null);
    });
  }

  test("does not wait where a decode pass takes more than a quarter of what it does", () => {
    assert.deepEqual(partsBeside([says(emoji)], { decodeMs: 20, tileMs: 81 }), waitsForEmoji);
    assert.deepEqual(partsBeside([says(emoji)], { decodeMs: 21, tileMs: 81 }), neverWaits);
  });

  test("does not wait where two steps are no longer than the target gap", () => {
    assert.deepEqual(partsBeside([says(emoji)], { decodeMs: 5, tileMs: 46 }), waitsForEmoji);
    assert.deepEqual(partsBeside([says(emoji)], { decodeMs: 5, tileMs: 44 }), neverWaits);
  });
});

describe("a prompt that a step would finish", () => {
  test("does not wait", () => {
    const { engine, steps } = scene([says(emoji)]);
    engine.submit(long(2));
    assert.deepEqual(steps(2), [tile, tile]);
  });

  test("does not wait beside a longer one, which goes on with it", () => {
    const { engine, steps } = scene([says(emoji)]);
    engine.submit(long(8));
    assert.deepEqual(steps(1), [tile]);
    engine.submit(says([7]));
    assert.deepEqual(steps(1), [tile + 2]);
  });

  test("does not wait where its last token is left to the next decode pass", () => {
    const { engine, steps } = scene([says(emoji)], { outputsShareCost: true });
    engine.submit(long(2));
    assert.deepEqual(steps(2), [tile + 10, tile - 11]);
  });
});

test("answers are the same, and rows that wait are counted when they are computed", () => {
  const { engine } = scene([says(emoji)]);
  const prompt = engine.submit(long(6));
  engine.finish();
  assert.equal(engine.result(1).text, "😀".repeat(10));
  assert.equal(engine.result(prompt).outcome?.completionTokens, 4);
  assert.equal(engine.engine.stats().promptRows, 1 + emoji.length + 6 * tile);
});

test("a step whose prompt pass waits counts as one of answers alone", () => {
  const mixedSteps = (answer: readonly number[]): number => {
    const { engine } = scene([says(answer)]);
    engine.submit(long(6));
    engine.finish();
    return engine.engine.stepSeconds().mixed.counts.reduce((sum, count) => sum + count, 0);
  };
  assert.equal(mixedSteps(emoji), mixedSteps([7]));
});
