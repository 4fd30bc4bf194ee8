import { allBanned, type Backend, type StepResult, stuckInGrammar } from "./backend.js";
import { BatchPlan, rowMark, scoredBy } from "./batch-plan.js";
import { closeHoles, layOutDecodes } from "./density.js";
import type { PieceTable } from "./detokenizer.js";
import type { FinishReason, GenerationFailure } from "./generation.js";
import { engineFailure, grammarFailure, samplingFailure } from "./generation-failure.js";
import { LogprobReader } from "./logprob-reader.js";
import { PassTimes } from "./pass-times.js";
import { type Holder, PrefixIndex } from "./prefix-index.js";
import { leastSavedTokens, PrefixStore } from "./prefix-store.js";
import { promptBudget, type Share, sharePrompts } from "./prompt-shares.js";
import type { Sequence } from "./sequence.js";
import { chooseSlot, type SlotChoice } from "./slot-choice.js";
import { SlotTable } from "./slot-table.js";
import { type EngineStats, emptyStats, type SlotStatus } from "./stats.js";
import type { StepEventCollector } from "./step-events.js";
import { isOverdue, WaitingList } from "./waiting-list.js";

/** The token of a padding row: any will do, its result is never read and its cell is removed after the pass. */
const paddingToken = 0;

export interface SchedulerOptions {
  /** The gap between two tokens of an answer that prompts may bring about, ms; a target, see prompt-shares.ts. */
  readonly maxItlMs: number;
  /** Host memory for prefixes whose slots others need; 0 keeps none. */
  readonly cacheRamBytes: number;
}

/**
 * Decides which rows run in the next step, and takes the tokens that came of them.
 *
 * There is no prefill phase and no decode phase: every running sequence has pending tokens. Those with one get a row of
 * the decode pass, all of them in every step; those with more share what the step has left.
 */
export class Scheduler {
  readonly stats: EngineStats = emptyStats();
  readonly times = new PassTimes();
  readonly #backend: Backend;
  readonly #logprobs: LogprobReader;
  readonly #events: StepEventCollector;
  readonly #now: () => number;
  readonly #maxItlMs: number;
  readonly #index = new PrefixIndex();
  readonly #table: SlotTable;
  readonly #store: PrefixStore;
  readonly #plan = new BatchPlan();
  readonly #freeSamplers: number[];
  readonly #waiting = new WaitingList();
  /** Oldest first. */
  #running: Sequence[] = [];
  /** Slots whose cache is in an unknown state since a pass failed; the next plan empties them. */
  readonly #dirtySlots = new Set<number>();
  #plannedRestores: Holder[] = [];
  #decodeShares: Share[] = [];
  #promptShares: Share[] = [];

  /** @param now a clock in ms */
  constructor(
    backend: Backend,
    pieces: PieceTable,
    events: StepEventCollector,
    now: () => number,
    options: SchedulerOptions,
  ) {
    this.#backend = backend;
    this.#logprobs = new LogprobReader(pieces);
    this.#events = events;
    this.#now = now;
    this.#maxItlMs = options.maxItlMs;
    this.#table = new SlotTable(backend.slots, this.#index);
    const cacheRamBytes = backend.canSaveSlots ? options.cacheRamBytes : 0;
    this.#store = new PrefixStore(backend, this.#index, cacheRamBytes, now);
    this.#freeSamplers = Array.from({ length: backend.slots }, (_, index) => index).reverse();
  }

  get isIdle(): boolean {
    return this.#waiting.size === 0 && this.#running.length === 0;
  }

  /** A sequence that no slot can hold ends at once: llama.cpp would refuse its rows and everybody's beside them. */
  submit(sequence: Sequence): void {
    const { promptTokens, maxTokens, sampling } = sequence.request;
    this.#waiting.add(sequence);
    if (promptTokens.length === 0 || promptTokens.length + maxTokens > this.#backend.slotTokens) {
      const limit = `a slot holds 1 to ${this.#backend.slotTokens} tokens`;
      const message = `${promptTokens.length} prompt tokens and ${maxTokens} to answer: ${limit}`;
      this.#finish(sequence, "error", engineFailure(message));
      return;
    }
    this.#refuse(true);
    if (this.#waiting.find(sequence.id) === undefined) return;
    const [first = -1] = promptTokens;
    if (sampling.scoresPrompt) this.#events.promptLogprobs(sequence.id, [this.#logprobs.first(first)]);
    if (sequence.isDone) this.#finish(sequence, "length", null);
  }

  /** From now on nobody who may be told to go waits for a slot. */
  drain(): void {
    this.#waiting.drain();
    this.#refuse(true);
  }

  /** Ends a sequence wherever it is; one that has ended already is left alone. */
  cancel(id: number): void {
    const sequence = this.#running.find((running) => running.id === id) ?? this.#waiting.find(id);
    if (sequence !== undefined) this.#finish(sequence, "cancelled", null);
  }

  /**
   * The next step, valid until the next call; null when there is nothing to do. It may have operations alone: what the slot
   * table says of a slot must become true of its cache.
   */
  plan(): BatchPlan | null {
    this.#plan.clear();
    this.#plannedRestores = [];
    for (const slot of this.#dirtySlots) this.#plan.remove(slot, 0);
    this.#dirtySlots.clear();
    this.#admit();
    this.#refuse(this.#table.hasIdle);
    this.#planDecodes();
    this.#planPrompts();
    return this.#plan.isEmpty ? null : this.#plan;
  }

  /** The prompt pass that was planned last took so long. */
  notePromptTime(ms: number): void {
    this.times.notePrompts(this.#promptShares, ms);
  }

  /** Takes the tokens of the decode pass. */
  commitDecodes(tokens: Int32Array): void {
    this.#commit(this.#decodeShares, tokens);
  }

  /** Takes the tokens of the prompt pass, and what failed in either. */
  commitStep(result: StepResult): void {
    this.stats.decodeGraphs += result.decodeGraphs;
    this.stats.promptGraphs += result.promptGraphs;
    if (result.decodeStatus !== 0) {
      this.#failShares(
        this.#decodeShares,
        `llama.cpp's decode pass failed with status ${result.decodeStatus}`,
      );
    }
    if (result.promptStatus === 0) this.#commit(this.#promptShares, result.promptTokens);
    else
      this.#failShares(
        this.#promptShares,
        `llama.cpp's prompt pass failed with status ${result.promptStatus}`,
      );
  }

  /** Whether savePrefixes() would still find something. */
  get hasUnsaved(): boolean {
    return !this.#store.isOff && this.#table.unsaved(leastSavedTokens) !== null;
  }

  /**
   * Copies what finished requests left in their slots to host memory, before others need these slots. For after a step, when
   * its events are sent; goes on for `budgetMs`. A copy can't be broken off: while answers run, none is begun that would
   * take half of the target gap.
   */
  savePrefixes(budgetMs: number): void {
    if (this.#store.isOff) return;
    const endMs = this.#now() + budgetMs;
    do {
      const content = this.#table.unsaved(leastSavedTokens);
      if (content === null) return;
      if (!this.isIdle && this.#store.estimateMs(content.tokens.length) > this.#maxItlMs / 2) return;
      this.#store.save(content);
      this.#table.markSaveTried(content.slot);
    } while (this.#now() < endMs);
  }

  /** Ends everything, running and waiting. */
  cancelAll(): void {
    for (const sequence of [...this.#running, ...this.#waiting.sequences])
      this.#finish(sequence, "cancelled", null);
  }

  /** The step broke off: what the caches hold is unknown. Those that run end with an error, those that wait go on. */
  failRunning(thrown: unknown): void {
    this.#events.failed();
    for (const sequence of [...this.#running]) this.#finish(sequence, "error", engineFailure(thrown));
    for (let slot = 0; slot < this.#table.size; slot++) this.#markDirty(slot);
    // One of them may be what broke it off, and would again.
    for (const key of this.#plannedRestores) this.#store.forget(key);
  }

  slotTable(): SlotStatus[] {
    return this.#table.status(this.#now());
  }

  snapshot(): EngineStats {
    return {
      ...this.stats,
      waiting: this.#waiting.size,
      running: this.#running.length,
      savedPrefixes: this.#store.size,
      savedBytes: this.#store.bytes,
    };
  }

  /** In order of arrival; only those whose beginning somebody is just computing are passed. */
  #admit(): void {
    const holders = { index: this.#index, table: this.#table, store: this.#store };
    const rowMs = this.times.plain.promptRowMs(0);
    const copyTokens = rowMs === 0 ? 0 : this.#backend.copyMs / rowMs;
    for (const sequence of this.#waiting.sequences) {
      const mayWait = !isOverdue(sequence, this.#now());
      const choice = chooseSlot(holders, sequence, copyTokens, mayWait);
      if (choice === null) return;
      if (choice.kind === "wait" || (choice.kind === "restore" && this.#plan.hasCopies)) continue;
      this.#start(sequence, choice);
    }
  }

  /** After the slots were given out: who gets one has not waited too long. */
  #refuse(hasIdleSlot: boolean): void {
    for (const [sequence, failure] of this.#waiting.refused(this.#now(), hasIdleSlot))
      this.#finish(sequence, "error", failure);
  }

  #start(sequence: Sequence, choice: Exclude<SlotChoice, { kind: "wait" }>): void {
    const sampler = this.#freeSamplers.pop();
    if (sampler === undefined) throw new Error("a slot is idle, but no sampler is free");
    const { promptTokens, sampling } = sequence.request;
    const { slot, reuse } = choice;
    try {
      this.#backend.setSampler(sampler, sampling, promptTokens);
    } catch (thrown) {
      // Before anything is planned: a copy without rows after it would stay undone.
      this.#freeSamplers.push(sampler);
      this.#finish(sequence, "error", engineFailure(thrown));
      return;
    }
    this.#waiting.remove(sequence);
    this.#running.push(sequence);
    if (choice.kind === "copy") {
      this.#plan.copy(choice.from, slot);
      if (this.#table.sequenceIn(choice.from) === null) this.#table.touch(choice.from);
      this.stats.prefixCopies++;
    } else if (choice.kind === "restore") {
      this.#plan.restore(choice.key, slot);
      this.#plannedRestores.push(choice.key);
      this.#store.touch(choice.key);
      this.stats.prefixRestores++;
    }
    this.#plan.remove(slot, reuse);
    sequence.start(slot, sampler, reuse, this.#now());
    this.#events.started(sequence.id);
    this.#table.occupy(slot, sequence);
    this.stats.promptTokens += promptTokens.length;
    this.stats.reusedTokens += reuse;
  }

  #planDecodes(): void {
    const decodes = this.#table.running().filter((sequence) => sequence.pending === 1);
    closeHoles(this.#table, decodes, (from, to) => {
      this.#plan.copy(from, to);
      this.stats.sequenceMoves++;
    });
    for (const { slot, sequence, output } of layOutDecodes(
      decodes,
      this.#table.size,
      this.#backend.rowMultiple,
    )) {
      if (sequence === null) this.#planPadding(slot, output);
      else {
        const token = sequence.tokens[sequence.computed] ?? 0;
        this.#plan.decodeRow(token, sequence.computed, slot, sequence.sampler);
      }
    }
    this.#decodeShares = decodes.map((sequence) => ({ sequence, rows: 1 }));
    this.stats.decodeRows += decodes.length;
    if (decodes.length > 0) this.stats.decodeSteps++;
  }

  /** Every slot has room for a padding row: an answer's last token is never computed. */
  #planPadding(slot: number, output: boolean): void {
    const mark = output ? rowMark.paddingOutput : rowMark.padding;
    this.#plan.decodeRow(paddingToken, this.#table.cachedTokens(slot), slot, mark);
    this.stats.paddingRows++;
  }

  #planPrompts(): void {
    const { batchTokens, outputsShareCost } = this.#backend;
    const prompts = this.#running.filter(({ pending }) => pending > 1);
    const budget = promptBudget(this.times.plain, this.#maxItlMs, this.#plan.decodeRows, batchTokens);
    // Alone, a prompt's last token has nobody to share a decode pass with.
    const deferLast = outputsShareCost && this.#running.length > 1;
    this.#promptShares = sharePrompts(prompts, budget, this.times, deferLast);
    for (const { sequence, rows } of this.#promptShares) {
      const { tokens, computed, known, slot, sampler, request } = sequence;
      const mark = request.sampling.scoresPrompt ? scoredBy(sampler) : rowMark.noSampler;
      for (let position = computed; position < computed + rows; position++) {
        this.#plan.promptRow(tokens[position] ?? 0, position, slot, position === known - 1 ? sampler : mark);
      }
      this.stats.promptRows += rows;
    }
  }

  #commit(shares: readonly Share[], tokens: Int32Array): void {
    let next = 0;
    let hasFailed = false;
    for (const { sequence, rows } of shares) {
      sequence.computed += rows;
      if (sequence.request.reportsProgress && sequence.computed <= sequence.request.promptTokens.length)
        this.#events.progress(sequence.id, sequence.progress(this.#now()));
      if (sequence.request.sampling.scoresPrompt) this.#reportScores(sequence, rows);
      if (sequence.isDone) {
        this.#finish(sequence, "length", null);
        continue;
      }
      if (sequence.pending > 0) continue;
      const token = tokens[next++] ?? -1;
      if (token < 0) {
        // The other two are the request's own fault, not the engine's.
        if (token !== stuckInGrammar && token !== allBanned) hasFailed = true;
        this.#finish(sequence, "error", token === stuckInGrammar ? grammarFailure : samplingFailure);
        continue;
      }
      const { topLogprobs, reportsEnd } = sequence.request.sampling;
      if (topLogprobs >= 0 && (reportsEnd || !sequence.endsWith(token))) {
        const values = this.#backend.logprobs(sequence.sampler);
        this.#events.logprob(sequence.id, this.#logprobs.describe(token, values));
      }
      const { text, finish } = sequence.accept(token, this.#now());
      this.stats.sampledTokens++;
      if (text !== "") this.#events.text(sequence.id, text);
      if (finish !== null) this.#finish(sequence, finish, null);
    }
    if (hasFailed) this.#events.failed();
    else if (shares.length > 0) this.#events.worked();
  }

  /** Of the prompt's tokens after the `rows` that were computed last. */
  #reportScores({ id, sampler, computed, request }: Sequence, rows: number): void {
    const { promptTokens } = request;
    const tokens = promptTokens.subarray(computed - rows + 1, Math.min(computed + 1, promptTokens.length));
    if (tokens.length === 0) return;
    const values = this.#backend.takeScores(sampler);
    this.#events.promptLogprobs(id, this.#logprobs.describeScored(tokens, values));
  }

  #failShares(shares: readonly Share[], message: string): void {
    if (shares.length > 0) this.#events.failed();
    for (const { sequence } of shares) {
      this.#markDirty(sequence.slot);
      this.#finish(sequence, "error", engineFailure(message));
    }
  }

  #finish(sequence: Sequence, reason: FinishReason, failure: GenerationFailure | null): void {
    if (sequence.slot === -1) {
      this.#waiting.remove(sequence);
    } else {
      this.#running = this.#running.filter((running) => running !== sequence);
      this.#table.release(sequence.slot);
      if (this.#dirtySlots.has(sequence.slot)) this.#table.truncate(sequence.slot, 0);
      this.#backend.clearSampler(sequence.sampler);
      this.#freeSamplers.push(sequence.sampler);
    }
    this.stats.finished++;
    this.#events.finished(sequence.id, sequence.outcome(reason, failure, this.#now()));
  }

  #markDirty(slot: number): void {
    this.#dirtySlots.add(slot);
    this.#table.truncate(slot, 0);
  }
}
