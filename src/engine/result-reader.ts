import { allBanned, type Backend, stuckInGrammar } from "./backend.js";
import type { PieceTable } from "./detokenizer.js";
import type { FinishReason, GenerationFailure } from "./generation.js";
import { grammarFailure, samplingFailure } from "./generation-failure.js";
import { LogprobReader } from "./logprob-reader.js";
import type { Share } from "./prompt-shares.js";
import type { Sequence } from "./sequence.js";
import type { EngineStats } from "./stats.js";
import type { StepEventCollector } from "./step-events.js";

export interface ResultReaderParts {
  readonly backend: Backend;
  readonly pieces: PieceTable;
  readonly events: StepEventCollector;
  readonly stats: EngineStats;
  /** A clock in ms. */
  readonly now: () => number;
  /** Ends a sequence and frees its slot. */
  readonly finish: (sequence: Sequence, reason: FinishReason, failure: GenerationFailure | null) => void;
}

/** Makes texts, numbers and ends of answers of what a pass computed. */
export class ResultReader {
  readonly #parts: ResultReaderParts;
  readonly #logprobs: LogprobReader;

  constructor(parts: ResultReaderParts) {
    this.#parts = parts;
    this.#logprobs = new LogprobReader(parts.pieces);
  }

  /** Of a prompt whose tokens are scored, the first, which nothing goes before. */
  reportFirst({ id, request }: Sequence): void {
    const [first = -1] = request.promptTokens;
    if (request.sampling.scoresPrompt) this.#parts.events.promptLogprobs(id, [this.#logprobs.first(first)]);
  }

  /**
   * @param shares the sequences of the pass, in the order of their rows
   * @param tokens one for each of them whose last known token was computed; negative where none could be sampled
   */
  take(shares: readonly Share[], tokens: Int32Array): void {
    const { events, finish } = this.#parts;
    let next = 0;
    let hasFailed = false;
    for (const { sequence, rows } of shares) {
      sequence.computed += rows;
      this.#reportPrompt(sequence, rows);
      if (sequence.isDone) {
        finish(sequence, "length", null);
        continue;
      }
      if (sequence.pending > 0) continue;
      const token = tokens[next++] ?? -1;
      if (token >= 0) {
        this.#accept(sequence, token);
        continue;
      }
      // The other two are the request's own fault, not the engine's.
      if (token !== stuckInGrammar && token !== allBanned) hasFailed = true;
      finish(sequence, "error", token === stuckInGrammar ? grammarFailure : samplingFailure);
    }
    if (hasFailed) events.failed();
    else if (shares.length > 0) events.worked();
  }

  #accept(sequence: Sequence, token: number): void {
    const { backend, events, stats, now } = this.#parts;
    const { topLogprobs, reportsEnd } = sequence.request.sampling;
    if (topLogprobs >= 0 && (reportsEnd || !sequence.endsWith(token))) {
      events.logprob(sequence.id, this.#logprobs.describe(token, backend.logprobs(sequence.sampler)));
    }
    const { text, finish } = sequence.accept(token, now());
    stats.sampledTokens++;
    if (text !== "") events.text(sequence.id, text);
    if (finish !== null) this.#parts.finish(sequence, finish, null);
  }

  /** What is told of a prompt whose `rows` tokens were just computed: how far it is, and how likely the tokens after them were. */
  #reportPrompt(sequence: Sequence, rows: number): void {
    const { backend, events, now } = this.#parts;
    const { id, computed, sampler } = sequence;
    const { promptTokens, reportsProgress, sampling } = sequence.request;
    if (reportsProgress && computed <= promptTokens.length) events.progress(id, sequence.progress(now()));
    if (!sampling.scoresPrompt) return;
    const tokens = promptTokens.subarray(computed - rows + 1, Math.min(computed + 1, promptTokens.length));
    if (tokens.length === 0) return;
    events.promptLogprobs(id, this.#logprobs.describeScored(tokens, backend.takeScores(sampler)));
  }
}
