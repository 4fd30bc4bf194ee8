import type { Backend } from "./backend.js";
import { type BatchPlan, rowMark, scoredBy } from "./batch-plan.js";
import { closeHoles, layOutDecodes } from "./density.js";
import { PassTimes } from "./pass-times.js";
import { expectedMs, promptBudget, type Share, sharePrompts } from "./prompt-shares.js";
import type { Sequence } from "./sequence.js";
import type { SlotTable } from "./slot-table.js";
import type { EngineStats } from "./stats.js";

/** The token of a padding row: any will do, its result is never read and its cell is removed after the pass. */
const paddingToken = 0;

/** A prompt pass waits for a decode pass more where it takes as long as so many of them. */
const cheapDecodes = 4;

/** Gives the sequences that run their rows of a step: a decode row to each that has one token pending, then prompts. */
export class RowPlanner {
  readonly times = new PassTimes();
  readonly #backend: Backend;
  readonly #table: SlotTable;
  readonly #stats: EngineStats;
  readonly #maxItlMs: number;
  #decodeShares: readonly Share[] = [];
  #promptShares: readonly Share[] = [];
  /** Whether the step before computed a part of a prompt. */
  #hadPrompts = false;

  /** @param maxItlMs the gap between two tokens of an answer that prompts may bring about */
  constructor(backend: Backend, table: SlotTable, stats: EngineStats, maxItlMs: number) {
    this.#backend = backend;
    this.#table = table;
    this.#stats = stats;
    this.#maxItlMs = maxItlMs;
  }

  /** The sequences of the last plan's decode pass, in the order of their rows. */
  get decodeShares(): readonly Share[] {
    return this.#decodeShares;
  }

  /** Those of its prompt pass. */
  get promptShares(): readonly Share[] {
    return this.#promptShares;
  }

  /** @param running oldest first */
  plan(running: readonly Sequence[], plan: BatchPlan): void {
    this.#hadPrompts = this.#promptShares.length > 0;
    this.#planDecodes(plan);
    this.#planPrompts(running, plan);
  }

  /**
   * After the decode pass: drops the prompt pass of this step where an answer whose token brought no text would be seen to stand
   * still for two of them (docs/decisions/0054). So never twice in a row, and not where a prompt would be done.
   */
  postponePrompts(plan: BatchPlan): void {
    if (!this.#hadPrompts || !this.#isWorthAWait()) return;
    const endsPrompt = this.#promptShares.some(({ sequence, rows }) => sequence.pending - rows <= 1);
    // Answers that have just ended are not among them.
    const owesText = this.#table.running().some((sequence) => sequence.owesText);
    if (endsPrompt || !owesText) return;
    this.#stats.promptRows -= plan.promptRows;
    this.#promptShares = [];
    plan.dropPrompts();
  }

  /** Whether two steps are longer than the target gap, and a wait costs the prompts little. */
  #isWorthAWait(): boolean {
    const { decodeMs } = this.times.plain;
    const promptMs = expectedMs(this.#promptShares, this.times);
    return 2 * (decodeMs + promptMs) > this.#maxItlMs && cheapDecodes * decodeMs <= promptMs;
  }

  #planDecodes(plan: BatchPlan): void {
    const decodes = this.#table.running().filter((sequence) => sequence.pending === 1);
    closeHoles(this.#table, decodes, (from, to) => {
      plan.copy(from, to);
      this.#stats.sequenceMoves++;
    });
    const { rowMultiple } = this.#backend;
    for (const { slot, sequence, output } of layOutDecodes(decodes, this.#table.size, rowMultiple)) {
      if (sequence === null) this.#planPadding(plan, slot, output);
      else plan.decodeRow(sequence.tokens[sequence.computed] ?? 0, sequence.computed, slot, sequence.sampler);
    }
    this.#decodeShares = decodes.map((sequence) => ({ sequence, rows: 1 }));
    this.#stats.decodeRows += decodes.length;
    if (decodes.length > 0) this.#stats.decodeSteps++;
  }

  /** Every slot has room for a padding row: an answer's last token is never computed. */
  #planPadding(plan: BatchPlan, slot: number, output: boolean): void {
    const mark = output ? rowMark.paddingOutput : rowMark.padding;
    plan.decodeRow(paddingToken, this.#table.cachedTokens(slot), slot, mark);
    this.#stats.paddingRows++;
  }

  #planPrompts(running: readonly Sequence[], plan: BatchPlan): void {
    const { batchTokens, outputsShareCost } = this.#backend;
    const prompts = running.filter(({ pending }) => pending > 1);
    const budget = promptBudget(this.times.plain, this.#maxItlMs, plan.decodeRows, batchTokens);
    // Alone, a prompt's last token has nobody to share a decode pass with.
    const deferLast = outputsShareCost && running.length > 1;
    this.#promptShares = sharePrompts(prompts, budget, this.times, deferLast);
    for (const { sequence, rows } of this.#promptShares) {
      const { tokens, computed, known, slot, sampler, request } = sequence;
      const mark = request.sampling.scoresPrompt ? scoredBy(sampler) : rowMark.noSampler;
      for (let position = computed; position < computed + rows; position++) {
        plan.promptRow(tokens[position] ?? 0, position, slot, position === known - 1 ? sampler : mark);
      }
      this.#stats.promptRows += rows;
    }
  }
}
