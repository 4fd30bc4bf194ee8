import type { Backend, StepResult } from "#weir/engine/backend.js";
import { type BatchPlan, rowMark, scoredBy } from "#weir/engine/batch-plan.js";
import type { SamplingParameters } from "#weir/engine/generation.js";

/** Answers with this token end a generation. */
export const endToken = 1;
export const vocabularySize = 64;

/** What a step did, for assertions. */
export interface RecordedStep {
  readonly decodeSlots: readonly number[];
  readonly paddingSlots: readonly number[];
  /** Decode rows whose logits are computed. */
  readonly outputs: number;
  readonly promptSlots: readonly number[];
  readonly copies: number;
}

/**
 * A backend without llama.cpp that keeps a KV cache per slot as plain tokens, refuses every plan that llama.cpp would
 * refuse, and answers with a function of what the cache holds: a scheduler that mixes two sequences up gets other tokens.
 */
export class FakeBackend implements Backend {
  readonly slots: number;
  readonly slotTokens: number;
  readonly batchTokens: number;
  readonly rowMultiple: number;
  readonly outputsShareCost: boolean;
  readonly copyMs: number;
  readonly canSaveSlots = true;
  readonly steps: RecordedStep[] = [];
  readonly samplers = new Map<number, SamplingParameters>();
  /** Fails the next pass with this status. */
  failNext: { pass: "decode" | "prompt"; status: number } | null = null;
  refuseNextSampler = false;
  /** Throws from the next step. */
  throwNext: Error | null = null;
  readonly #scored = new Map<number, number[]>();
  readonly #caches: number[][];
  readonly #saved = new Map<number, number[]>();
  readonly #answer: (history: readonly number[]) => number;

  constructor({
    slots = 4,
    slotTokens = 64,
    batchTokens = 16,
    rowMultiple = 1,
    outputsShareCost = false,
    copyMs = 0,
    answer = nextToken,
  } = {}) {
    this.slots = slots;
    this.slotTokens = slotTokens;
    this.batchTokens = batchTokens;
    this.rowMultiple = rowMultiple;
    this.outputsShareCost = outputsShareCost;
    this.copyMs = copyMs;
    this.#caches = Array.from({ length: slots }, () => []);
    this.#answer = answer;
  }

  setSampler(sampler: number, parameters: SamplingParameters): void {
    if (this.refuseNextSampler) {
      this.refuseNextSampler = false;
      throw new Error("no such parameter");
    }
    if (this.samplers.has(sampler)) throw new Error(`sampler ${sampler} is taken`);
    this.samplers.set(sampler, parameters);
  }

  /** Of the sampler's number and of as many likeliest tokens as it was asked for, so that a mix-up would be seen. */
  logprobs(sampler: number): Float64Array {
    const top = this.samplers.get(sampler)?.topLogprobs ?? -1;
    if (top < 0) throw new Error(`sampler ${sampler} has no log-probabilities`);
    return Float64Array.of(-sampler, ...Array.from({ length: top }, (_, i) => [2 + i, -1 - i]).flat());
  }

  /** Of each row that was scored: its position as the log-probability, and pairs of a token and its place in the list. */
  takeScores(sampler: number): Float64Array {
    const scored = this.#scored.get(sampler) ?? [];
    this.#scored.delete(sampler);
    const top = this.samplers.get(sampler)?.topLogprobs ?? 0;
    return Float64Array.from(
      scored.flatMap((position) => [
        0 - position,
        ...Array.from({ length: top }, (_, i) => [2 + i, -1 - i]).flat(),
      ]),
    );
  }

  clearSampler(sampler: number): void {
    this.samplers.delete(sampler);
  }

  /** A token takes a byte here. */
  slotBytes(slot: number): number {
    return this.#cache(slot).length;
  }

  saveSlot(slot: number, key: number): number {
    this.#saved.set(key, [...this.#cache(slot)]);
    return this.slotBytes(slot);
  }

  dropSaved(key: number): void {
    if (!this.#saved.delete(key)) throw new Error(`nothing is saved under ${key}`);
  }

  /** Keys of what is saved, in the order of saving. */
  get savedKeys(): readonly number[] {
    return [...this.#saved.keys()];
  }

  step(plan: BatchPlan, onDecoded: (tokens: Int32Array) => void): StepResult {
    if (this.throwNext !== null) {
      const thrown = this.throwNext;
      this.throwNext = null;
      throw thrown;
    }
    const cells = plan.cells();
    const operations = Array.from({ length: plan.operations }, (_, i) => cells.slice(3 + 3 * i, 6 + 3 * i));
    for (const operation of operations) this.#operate(operation);
    const rows = cells.subarray(3 + 3 * plan.operations);
    const decodeRows = toRows(rows.subarray(0, 4 * plan.decodeRows));
    const decodeStatus = this.#statusOf("decode", decodeRows);
    const decoded = this.#pass(decodeRows, decodeStatus);
    if (decodeRows.length > 0 && decodeStatus === 0) onDecoded(decoded);
    const promptRows = toRows(rows.subarray(4 * plan.decodeRows, 4 * (plan.decodeRows + plan.promptRows)));
    this.steps.push({
      decodeSlots: decodeRows.map((row) => row.slot),
      paddingSlots: decodeRows.filter(isPadding).map((row) => row.slot),
      outputs: decodeRows.filter(({ mark }) => mark >= 0 || mark === rowMark.paddingOutput).length,
      promptSlots: promptRows.map((row) => row.slot),
      copies: operations.filter(([kind]) => kind === 1).length,
    });
    const promptStatus = this.#statusOf("prompt", promptRows);
    const promptTokens = this.#pass(promptRows, promptStatus);
    return {
      decodeStatus,
      promptStatus,
      promptTokens,
      decodeGraphs: countRuns(decodeRows.map((row) => row.slot)),
      promptGraphs: 0,
    };
  }

  #statusOf(pass: "decode" | "prompt", rows: readonly Row[]): number {
    if (this.failNext?.pass !== pass || rows.length === 0) return 0;
    const { status } = this.failNext;
    this.failNext = null;
    return status;
  }

  #pass(rows: readonly Row[], status: number): Int32Array {
    if (rows.length > this.batchTokens)
      throw new Error(`${rows.length} rows in a pass of ${this.batchTokens}`);
    const tokens: number[] = [];
    for (const { token, position, slot, mark } of rows) {
      const cache = this.#cache(slot);
      if (position !== cache.length)
        throw new Error(`slot ${slot}: row at ${position}, cache ends at ${cache.length}`);
      if (position >= this.slotTokens) throw new Error(`slot ${slot} is full`);
      cache.push(token);
      if (mark <= scoredBy(0)) this.#score(scoredBy(0) - mark, position);
      if (mark >= 0) {
        if (!this.samplers.has(mark)) throw new Error(`sampler ${mark} is not set`);
        tokens.push(this.#answer(cache));
      }
    }
    for (const row of rows) if (isPadding(row)) this.#cache(row.slot).length = row.position;
    return status === 0 ? Int32Array.from(tokens) : new Int32Array(0);
  }

  #score(sampler: number, position: number): void {
    if (!this.samplers.get(sampler)?.scoresPrompt) throw new Error(`sampler ${sampler} does not score`);
    this.#scored.set(sampler, [...(this.#scored.get(sampler) ?? []), position]);
  }

  #operate(cells: Int32Array): void {
    const [kind = -1, slot = -1, argument = -1] = cells;
    if (kind === 2) {
      const saved = this.#saved.get(slot);
      if (saved === undefined) throw new Error(`nothing is saved under ${slot}`);
      this.#cache(argument).splice(0, Number.POSITIVE_INFINITY, ...saved);
      return;
    }
    const cache = this.#cache(slot);
    if (kind === 0) cache.length = Math.min(cache.length, argument);
    else this.#cache(argument).splice(0, Number.POSITIVE_INFINITY, ...cache);
  }

  #cache(slot: number): number[] {
    const cache = this.#caches[slot];
    if (cache === undefined) throw new Error(`slot ${slot} does not exist`);
    return cache;
  }
}

interface Row {
  readonly token: number;
  readonly position: number;
  readonly slot: number;
  readonly mark: number;
}

function isPadding({ mark }: Row): boolean {
  return mark === rowMark.padding || mark === rowMark.paddingOutput;
}

function toRows(cells: Int32Array): Row[] {
  const rows: Row[] = [];
  for (let i = 0; i < cells.length; i += 4) {
    const [token = -1, position = -1, slot = -1, mark = -1] = cells.subarray(i, i + 4);
    rows.push({ token, position, slot, mark });
  }
  return rows;
}

/** How many graphs llama.cpp makes of a decode pass: one a run of consecutive, increasing slots. */
export function countRuns(slots: readonly number[]): number {
  return slots.filter((slot, index) => index === 0 || slot !== (slots[index - 1] ?? 0) + 1).length;
}

/** A token that depends on the whole history; never the end token. */
export function nextToken(history: readonly number[]): number {
  let hash = 7;
  for (const token of history) hash = (hash * 31 + token + 1) % 1_000_003;
  return 2 + (hash % (vocabularySize - 2));
}
