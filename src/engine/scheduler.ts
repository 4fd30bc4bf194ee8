import type { Backend, StepResult } from "./backend.js";
import { BatchPlan } from "./batch-plan.js";
import type { PieceTable } from "./detokenizer.js";
import type { FinishReason, GenerationFailure } from "./generation.js";
import { engineFailure } from "./generation-failure.js";
import type { PassTimes } from "./pass-times.js";
import { type Holder, PrefixIndex } from "./prefix-index.js";
import { PrefixStore } from "./prefix-store.js";
import type { Share } from "./prompt-shares.js";
import { ResultReader } from "./result-reader.js";
import { RowPlanner } from "./row-planner.js";
import type { Sequence } from "./sequence.js";
import { chooseSlot, type SlotChoice } from "./slot-choice.js";
import { SlotTable } from "./slot-table.js";
import { type EngineStats, emptyStats, type SlotStatus } from "./stats.js";
import type { StepEventCollector } from "./step-events.js";
import { isOverdue, WaitingList } from "./waiting-list.js";

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
  readonly #backend: Backend;
  readonly #events: StepEventCollector;
  readonly #now: () => number;
  readonly #maxItlMs: number;
  readonly #index = new PrefixIndex();
  readonly #table: SlotTable;
  readonly #store: PrefixStore;
  readonly #plan = new BatchPlan();
  readonly #rows: RowPlanner;
  readonly #results: ResultReader;
  readonly #freeSamplers: number[];
  readonly #waiting = new WaitingList();
  /** Oldest first. */
  #running: Sequence[] = [];
  /** Slots whose cache is in an unknown state since a pass failed; the next plan empties them. */
  readonly #dirtySlots = new Set<number>();
  #plannedRestores: Holder[] = [];

  /** @param now a clock in ms */
  constructor(
    backend: Backend,
    pieces: PieceTable,
    events: StepEventCollector,
    now: () => number,
    options: SchedulerOptions,
  ) {
    this.#backend = backend;
    const finish = this.#finish.bind(this);
    this.#results = new ResultReader({ backend, pieces, events, stats: this.stats, now, finish });
    this.#events = events;
    this.#now = now;
    this.#maxItlMs = options.maxItlMs;
    this.#table = new SlotTable(backend.slots, this.#index);
    this.#rows = new RowPlanner(backend, this.#table, this.stats, options.maxItlMs);
    const cacheRamBytes = backend.canSaveSlots ? options.cacheRamBytes : 0;
    this.#store = new PrefixStore(backend, this.#index, cacheRamBytes, now);
    this.#freeSamplers = Array.from({ length: backend.slots }, (_, index) => index).reverse();
  }

  get times(): PassTimes {
    return this.#rows.times;
  }

  get isIdle(): boolean {
    return this.#waiting.size === 0 && this.#running.length === 0;
  }

  /** A sequence that no slot can hold ends at once: llama.cpp would refuse its rows and everybody's beside them. */
  submit(sequence: Sequence): void {
    const { promptTokens, maxTokens } = sequence.request;
    this.#waiting.add(sequence);
    if (promptTokens.length === 0 || promptTokens.length + maxTokens > this.#backend.slotTokens) {
      const limit = `a slot holds 1 to ${this.#backend.slotTokens} tokens`;
      const message = `${promptTokens.length} prompt tokens and ${maxTokens} to answer: ${limit}`;
      this.#finish(sequence, "error", engineFailure(message));
      return;
    }
    this.#refuse(true);
    if (this.#waiting.find(sequence.id) === undefined) return;
    this.#results.reportFirst(sequence);
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
    this.#rows.plan(this.#running, this.#plan);
    return this.#plan.isEmpty ? null : this.#plan;
  }

  /** The prompt pass that was planned last took so long. */
  notePromptTime(ms: number): void {
    this.times.notePrompts(this.#rows.promptShares, ms);
  }

  /** Takes the tokens of the decode pass. The plan may have lost its prompt pass afterwards. */
  commitDecodes(tokens: Int32Array): void {
    this.#results.take(this.#rows.decodeShares, tokens);
    this.#rows.postponePrompts(this.#plan);
  }

  /** Takes the tokens of the prompt pass, and what failed in either. */
  commitStep(result: StepResult): void {
    this.stats.decodeGraphs += result.decodeGraphs;
    this.stats.promptGraphs += result.promptGraphs;
    if (result.decodeStatus !== 0) {
      this.#failShares(
        this.#rows.decodeShares,
        `llama.cpp's decode pass failed with status ${result.decodeStatus}`,
      );
    }
    if (result.promptStatus === 0) this.#results.take(this.#rows.promptShares, result.promptTokens);
    else
      this.#failShares(
        this.#rows.promptShares,
        `llama.cpp's prompt pass failed with status ${result.promptStatus}`,
      );
  }

  /** Whether savePrefixes() would still find something. */
  get hasUnsaved(): boolean {
    return this.#store.wants(this.#table);
  }

  /**
   * Copies what finished requests left in their slots to host memory, before others need these slots. For after a step, when
   * its events are sent; goes on for `budgetMs`. A copy can't be broken off: while answers run, none is begun that would
   * take half of the target gap.
   */
  savePrefixes(budgetMs: number): void {
    this.#store.saveIdle(this.#table, budgetMs, this.isIdle ? Number.POSITIVE_INFINITY : this.#maxItlMs / 2);
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
