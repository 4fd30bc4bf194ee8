import type { GenerationOutcome, PromptLogprob, PromptProgress, SampledLogprob } from "./generation.js";

/** What one pass brought, as one message: a column a field, entry i belongs to sequence ids[i]. */
export interface StepEvents {
  /** Those that have got a slot. */
  readonly startedIds: readonly number[];
  readonly ids: readonly number[];
  readonly texts: readonly string[];
  readonly finishedIds: readonly number[];
  readonly outcomes: readonly GenerationOutcome[];
  /** Columns of their own, since few requests ask for them. */
  readonly logprobIds: readonly number[];
  readonly logprobs: readonly SampledLogprob[];
  readonly promptLogprobIds: readonly number[];
  readonly promptLogprobs: readonly (readonly PromptLogprob[])[];
  readonly progressIds: readonly number[];
  readonly progress: readonly PromptProgress[];
  /** The pass failed, or sampled nothing where no request is to blame. */
  readonly hasFailed: boolean;
  /** A pass worked. Of one that brings nothing else this is told only where one failed before. */
  readonly hasWorked: boolean;
}

/** Collects the events of a pass until they are posted. */
export class StepEventCollector {
  #events = noEvents();
  #isEmpty = true;
  /** The last that was told of passes is that one failed. */
  #hasToldFailure = false;

  started(id: number): void {
    this.#events.startedIds.push(id);
    this.#isEmpty = false;
  }

  text(id: number, text: string): void {
    this.#events.ids.push(id);
    this.#events.texts.push(text);
    this.#isEmpty = false;
  }

  logprob(id: number, sampled: SampledLogprob): void {
    this.#events.logprobIds.push(id);
    this.#events.logprobs.push(sampled);
    this.#isEmpty = false;
  }

  promptLogprobs(id: number, tokens: readonly PromptLogprob[]): void {
    this.#events.promptLogprobIds.push(id);
    this.#events.promptLogprobs.push(tokens);
    this.#isEmpty = false;
  }

  progress(id: number, progress: PromptProgress): void {
    this.#events.progressIds.push(id);
    this.#events.progress.push(progress);
    this.#isEmpty = false;
  }

  failed(): void {
    this.#events.hasFailed = true;
    this.#isEmpty = false;
  }

  worked(): void {
    this.#events.hasWorked = true;
    if (this.#hasToldFailure) this.#isEmpty = false;
  }

  finished(id: number, outcome: GenerationOutcome): void {
    this.#events.finishedIds.push(id);
    this.#events.outcomes.push(outcome);
    this.#isEmpty = false;
  }

  /** Whether anybody's answer ended since the last call of take(). */
  get hasFinished(): boolean {
    return this.#events.finishedIds.length > 0;
  }

  /** What came since the last call, or null. */
  take(): StepEvents | null {
    if (this.#isEmpty) return null;
    const events = this.#events;
    if (events.hasFailed || events.hasWorked) this.#hasToldFailure = events.hasFailed;
    this.#events = noEvents();
    this.#isEmpty = true;
    return events;
  }
}

function noEvents() {
  return {
    startedIds: [] as number[],
    ids: [] as number[],
    texts: [] as string[],
    finishedIds: [] as number[],
    outcomes: [] as GenerationOutcome[],
    logprobIds: [] as number[],
    logprobs: [] as SampledLogprob[],
    promptLogprobIds: [] as number[],
    promptLogprobs: [] as (readonly PromptLogprob[])[],
    progressIds: [] as number[],
    progress: [] as PromptProgress[],
    hasFailed: false as boolean,
    hasWorked: false as boolean,
  } satisfies StepEvents;
}
