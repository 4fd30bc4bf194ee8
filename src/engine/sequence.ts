import { Detokenizer, type PieceTable } from "./detokenizer.js";
import type {
  FinishReason,
  GenerationFailure,
  GenerationOutcome,
  GenerationRequest,
  PromptProgress,
} from "./generation.js";
import type { SlotRequest } from "./stats.js";
import { StopMatcher } from "./stop-matcher.js";
import { ThinkingCounter } from "./thinking-counter.js";

/**
 * A request on its way: the tokens that are known (prompt and answer) and how many of them are computed, that is, in the
 * KV cache of its slot. The scheduler's whole job is to let `computed` catch up with `known`.
 */
export class Sequence {
  readonly id: number;
  readonly request: GenerationRequest;
  /** Room for the prompt and the whole answer; the first `known` are valid. */
  readonly tokens: Int32Array;
  known: number;
  computed = 0;
  /** -1 while waiting. */
  slot = -1;
  /** The sampler that holds this request's parameters and random state; -1 while waiting. */
  sampler = -1;
  /** When it came, on the engine's clock. */
  readonly submittedMs: number;
  /** Whether its last token brought no text: a part of a character, what may become a stop string, a token without any. */
  owesText = false;

  readonly #pieces: PieceTable;
  readonly #detokenizer: Detokenizer;
  readonly #stops: StopMatcher;
  readonly #thinking: ThinkingCounter | null;
  #startedMs: number | null = null;
  #firstTokenMs: number | null = null;
  #lastTokenMs: number | null = null;
  #cachedTokens = 0;
  #completionTokens = 0;

  /** @param submittedMs when it came, on the engine's clock */
  constructor(id: number, request: GenerationRequest, pieces: PieceTable, submittedMs: number) {
    this.id = id;
    this.request = request;
    this.tokens = new Int32Array(request.promptTokens.length + request.maxTokens);
    this.tokens.set(request.promptTokens);
    this.known = request.promptTokens.length;
    this.#pieces = pieces;
    this.#detokenizer = new Detokenizer(pieces, request.sampling.visibleTokens);
    this.#stops = new StopMatcher(request.stopStrings);
    const { thinking } = request.sampling;
    this.#thinking =
      thinking === null ? null : new ThinkingCounter(thinking, (token) => pieces.isBlank(token));
    this.submittedMs = submittedMs;
  }

  /** Tokens that are known and not computed. One is a row of the decode pass, more are a prompt. */
  get pending(): number {
    return this.known - this.computed;
  }

  /** Rows of a prompt pass that are left. Without an answer the last token has nothing to bring about. */
  promptRows(deferLast: boolean): number {
    return deferLast || this.request.maxTokens === 0 ? this.pending - 1 : this.pending;
  }

  /** Whether there is no answer to come, and nothing of the prompt to compute any more. */
  get isDone(): boolean {
    const { maxTokens, sampling } = this.request;
    return maxTokens === 0 && (this.pending <= 1 || !sampling.scoresPrompt);
  }

  /** How many of the prompt's first tokens were found in a cache. */
  get cachedTokens(): number {
    return this.#cachedTokens;
  }

  status(nowMs: number): SlotRequest {
    return {
      tenant: this.request.tenant,
      ageMs: nowMs - (this.#startedMs ?? nowMs),
      promptTokens: this.request.promptTokens.length,
      reusedTokens: this.#cachedTokens,
      completionTokens: this.#completionTokens,
      maxTokens: this.request.maxTokens,
    };
  }

  /** Takes a slot that already holds the first `cachedTokens` of the prompt. */
  start(slot: number, sampler: number, cachedTokens: number, nowMs: number): void {
    this.slot = slot;
    this.sampler = sampler;
    this.computed = cachedTokens;
    this.#cachedTokens = cachedTokens;
    this.#startedMs = nowMs;
  }

  /** Takes the token sampled after the last known one. Returns the text to show and whether the answer ends with it. */
  accept(token: number, nowMs: number): { readonly text: string; readonly finish: FinishReason | null } {
    this.#firstTokenMs ??= nowMs;
    this.#lastTokenMs = nowMs;
    this.#completionTokens++;
    if (this.endsWith(token)) return { text: this.#end(), finish: "stop" };
    this.#thinking?.accept(token);
    this.tokens[this.known++] = token;
    const text = this.#stops.append(this.#detokenizer.append(token));
    this.owesText = text === "";
    if (this.#stops.matched !== null) return { text, finish: "stop" };
    if (this.#completionTokens >= this.request.maxTokens)
      return { text: text + this.#end(), finish: "length" };
    return { text, finish: null };
  }

  /** Whether the token ends the answer, and is no part of it. */
  endsWith(token: number): boolean {
    const { ignoreEos, grammar, stopTokens } = this.request.sampling;
    // A grammar lets a banned end token pass where nothing else may follow.
    const mayEnd = !ignoreEos || grammar !== "";
    return (mayEnd && this.#pieces.endsGeneration(token)) || stopTokens.includes(token);
  }

  progress(nowMs: number): PromptProgress {
    return {
      promptTokens: this.request.promptTokens.length,
      computedTokens: this.computed,
      cachedTokens: this.#cachedTokens,
      elapsedMs: nowMs - (this.#startedMs ?? nowMs),
    };
  }

  outcome(finishReason: FinishReason, failure: GenerationFailure | null, nowMs: number): GenerationOutcome {
    const started = this.#startedMs ?? nowMs;
    const first = this.#firstTokenMs ?? nowMs;
    return {
      finishReason,
      stopString: this.#stops.matched,
      failure,
      promptTokens: this.request.promptTokens.length,
      cachedTokens: this.#cachedTokens,
      completionTokens: this.#completionTokens,
      reasoningTokens: this.#thinking?.tokens ?? 0,
      queueMs: started - this.submittedMs,
      promptMs: this.#startedMs === null ? 0 : first - started,
      decodeMs: this.#firstTokenMs === null ? 0 : (this.#lastTokenMs ?? nowMs) - this.#firstTokenMs,
    };
  }

  /** The text that was held back, when no more comes. A stop string may still be completed by half a character. */
  #end(): string {
    const text = this.#stops.append(this.#detokenizer.end());
    return this.#stops.matched === null ? text + this.#stops.end() : text;
  }
}
