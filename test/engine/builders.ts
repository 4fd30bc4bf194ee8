import { PieceTable } from "#weir/engine/detokenizer.js";
import { Engine } from "#weir/engine/engine.js";
import {
  type GenerationOutcome,
  type GenerationRequest,
  type PromptLogprob,
  type PromptProgress,
  type SampledLogprob,
  type SamplingParameters,
  unconstrained,
} from "#weir/engine/generation.js";
import type { SchedulerOptions } from "#weir/engine/scheduler.js";
import type { StepEvents } from "#weir/engine/step-events.js";
import { endToken, type FakeBackend, vocabularySize } from "./fake-backend.js";

export const greedy: SamplingParameters = {
  temperature: 0,
  topK: 40,
  topP: 0.95,
  minP: 0.05,
  typicalP: 1,
  seed: 1,
  presencePenalty: 0,
  frequencyPenalty: 0,
  repetitionPenalty: 1,
  penaltyWindowTokens: 64,
  logitBias: [],
  ignoreEos: false,
  ...unconstrained,
};

export function request(
  promptTokens: readonly number[],
  changes: Partial<GenerationRequest> = {},
): GenerationRequest {
  return {
    promptTokens: Int32Array.from(promptTokens),
    maxTokens: 4,
    sampling: greedy,
    stopStrings: [],
    tenant: "",
    conversation: "",
    reportsProgress: false,
    maxWaitMs: null,
    ...changes,
  };
}

/**
 * A vocabulary in which token t is the letter of code 0x40 + t; token 1 ends a generation.
 *
 * @param parts bytes that tokens are instead, of characters of several bytes
 */
export function letters(parts: Readonly<Record<number, number>> = {}): PieceTable {
  const bytes = Uint8Array.from({ length: vocabularySize }, (_, token) => parts[token] ?? 0x40 + token);
  const ends = Uint32Array.from({ length: vocabularySize }, (_, token) => token + 1);
  const endsGeneration = new Uint8Array(vocabularySize);
  endsGeneration[endToken] = 1;
  return new PieceTable({ bytes, ends, endsGeneration, controlTokens: Int32Array.of(), controlTexts: [] });
}

export function lettersOf(tokens: readonly number[]): string {
  return String.fromCharCode(...tokens.map((token) => 0x40 + token));
}

/** What became of a submitted request. */
export interface Result {
  /** How often it was told to have a slot. */
  starts: number;
  text: string;
  outcome: GenerationOutcome | null;
  readonly logprobs: SampledLogprob[];
  readonly promptLogprobs: PromptLogprob[];
  readonly progress: PromptProgress[];
}

/** An engine on a fake backend, with every request's result. The clock stands still unless a test moves it. */
export class TestEngine {
  readonly engine: Engine;
  readonly results = new Map<number, Result>();
  nowMs = 0;
  /** Passes that the engine blames on itself. */
  failedPasses = 0;
  /** Of those that the engine tells of. */
  workedPasses = 0;
  #nextId = 1;

  constructor(backend: FakeBackend, options: Partial<SchedulerOptions> = {}, pieces = letters()) {
    this.engine = new Engine(
      backend,
      pieces,
      (events) => this.#take(events),
      () => this.nowMs,
      { maxItlMs: 100, cacheRamBytes: 0, ...options },
    );
  }

  submit(generation: GenerationRequest): number {
    const id = this.#nextId++;
    this.results.set(id, {
      starts: 0,
      text: "",
      outcome: null,
      logprobs: [],
      promptLogprobs: [],
      progress: [],
    });
    this.engine.submit(id, generation);
    return id;
  }

  result(id: number): Result {
    const result = this.results.get(id);
    if (result === undefined) throw new Error(`no request ${id}`);
    return result;
  }

  /** Steps until nothing is left to do. */
  finish(limit = 10_000): void {
    for (let steps = 0; this.engine.hasWork; steps++) {
      if (steps === limit) throw new Error(`not finished after ${limit} steps`);
      this.engine.step();
    }
  }

  #take(events: StepEvents): void {
    const { startedIds, ids, texts, finishedIds, outcomes, logprobIds, logprobs, progressIds, progress } =
      events;
    if (events.hasFailed) this.failedPasses++;
    if (events.hasWorked) this.workedPasses++;
    for (const id of startedIds) this.result(id).starts++;
    for (const [index, id] of ids.entries()) this.result(id).text += texts[index] ?? "";
    for (const [index, id] of finishedIds.entries()) this.result(id).outcome = outcomes[index] ?? null;
    for (const [index, id] of logprobIds.entries())
      this.result(id).logprobs.push(...logprobs.slice(index, index + 1));
    for (const [index, id] of events.promptLogprobIds.entries())
      this.result(id).promptLogprobs.push(...(events.promptLogprobs[index] ?? []));
    for (const [index, id] of progressIds.entries())
      this.result(id).progress.push(...progress.slice(index, index + 1));
  }

  states(): string[] {
    return this.engine.slotTable().map(({ state }) => state);
  }
}
