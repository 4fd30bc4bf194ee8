import type { Backend } from "./backend.js";
import type { BatchPlan } from "./batch-plan.js";
import type { PieceTable } from "./detokenizer.js";
import type { GenerationRequest } from "./generation.js";
import { Scheduler, type SchedulerOptions } from "./scheduler.js";
import { Sequence } from "./sequence.js";
import type { EngineStats, SlotStatus } from "./stats.js";
import { StepDurations, type StepSeconds } from "./step-durations.js";
import { StepEventCollector, type StepEvents } from "./step-events.js";

/** What saving prefixes may take of a step's time, as a share of the target gap. */
const savingShare = 0.05;

/** Continuous batching over KV-cache slots: one loop of plan, step, commit. */
export class Engine {
  readonly #backend: Backend;
  readonly #pieces: PieceTable;
  readonly #post: (events: StepEvents) => void;
  readonly #now: () => number;
  readonly #events = new StepEventCollector();
  readonly #scheduler: Scheduler;
  readonly #savingMs: number;
  readonly #durations = new StepDurations();

  /**
   * @param post takes the events of a pass; called at most three times a step
   * @param now a clock in ms
   */
  constructor(
    backend: Backend,
    pieces: PieceTable,
    post: (events: StepEvents) => void,
    now: () => number,
    options: SchedulerOptions,
  ) {
    this.#backend = backend;
    this.#pieces = pieces;
    this.#post = post;
    this.#now = now;
    this.#scheduler = new Scheduler(backend, pieces, this.#events, now, options);
    this.#savingMs = savingShare * options.maxItlMs;
  }

  get isIdle(): boolean {
    return this.#scheduler.isIdle;
  }

  /** Whether step() would still do something: requests, or prefixes to save. */
  get hasWork(): boolean {
    return !this.isIdle || this.#scheduler.hasUnsaved;
  }

  submit(id: number, request: GenerationRequest): void {
    this.#scheduler.submit(new Sequence(id, request, this.#pieces, this.#now()));
  }

  cancel(id: number): void {
    this.#scheduler.cancel(id);
  }

  /** Those that have no slot end with `shutting_down`, as far as they may be told to go; what comes later just so. */
  drain(): void {
    this.#scheduler.drain();
    this.#flush();
  }

  /** Ends everything, running and waiting, before the backend is closed. */
  cancelAll(): void {
    this.#scheduler.cancelAll();
    this.#flush();
  }

  /** One turn of the loop; does nothing when there is nothing to do. A step that fails ends the requests that run. */
  step(): void {
    const startedMs = this.#now();
    const plan = this.#scheduler.plan();
    // Who has waited too long need not wait for the step. Who has got a slot is told after its decode pass: a message more wakes
    // the main thread, on a core that this pass wants (docs/decisions/0055).
    if (plan?.decodeRows === 0 || this.#events.hasFinished) this.#flush();
    if (plan !== null) {
      this.#run(plan);
      this.#scheduler.stats.steps++;
      const ms = this.#now() - startedMs;
      this.#scheduler.stats.busyMs += ms;
      this.#durations.note(plan, ms);
    }
    this.#flush();
    this.#scheduler.savePrefixes(this.#savingMs);
  }

  slotTable(): SlotStatus[] {
    return this.#scheduler.slotTable();
  }

  stats(): EngineStats {
    return this.#scheduler.snapshot();
  }

  stepSeconds(): StepSeconds {
    return this.#durations.snapshot();
  }

  #run(plan: BatchPlan): void {
    const times = this.#scheduler.times.plain;
    const startedMs = this.#now();
    let promptsStartedMs = startedMs;
    try {
      const result = this.#backend.step(plan, (tokens) => {
        // What the plan copies and restores is done before its first pass, and says nothing of the passes.
        if (!plan.hasMovedCaches) times.noteDecode(this.#now() - startedMs);
        this.#scheduler.commitDecodes(tokens);
        this.#flush();
        promptsStartedMs = this.#now();
      });
      if (result.promptStatus === 0 && (plan.decodeRows > 0 || !plan.hasMovedCaches))
        this.#scheduler.notePromptTime(this.#now() - promptsStartedMs);
      this.#scheduler.commitStep(result);
    } catch (thrown) {
      this.#scheduler.failRunning(thrown);
    }
    this.#scheduler.stats.backendMs += this.#now() - startedMs;
  }

  #flush(): void {
    const events = this.#events.take();
    if (events !== null) this.#post(events);
  }
}
