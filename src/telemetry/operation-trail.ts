import type { GenerationOutcome } from "../engine/generation.js";
import { type AnswerTimes, answerTimes } from "./answer-times.js";

/** The fields of a request that say how an answer is made; null: the request does not say. Never any text of it. */
export interface RequestedParameters {
  readonly maxTokens: number | null;
  readonly temperature: number | null;
  readonly topP: number | null;
  readonly topK: number | null;
  readonly seed: number | null;
  readonly frequencyPenalty: number | null;
  readonly presencePenalty: number | null;
}

/** What a request wants of a model. */
export interface OperationFacts {
  /** OpenTelemetry's names, where it has one. */
  readonly name: "chat" | "text_completion" | "embeddings" | "rerank";
  /** The model's id, and the name that the request has for it. */
  readonly model: string;
  readonly requestedModel: string;
  readonly stream: boolean;
  /** Answers to each prompt. */
  readonly choices: number;
  readonly parameters: RequestedParameters | null;
}

/** One answer that has ended. */
export interface FinishedAnswer {
  /** Its number on the wire. */
  readonly choice: number;
  /** Not so for further answers to the same prompt: their prompt counts once. */
  readonly countsPrompt: boolean;
  readonly outcome: GenerationOutcome;
  readonly times: AnswerTimes;
}

/** Where an operation is. */
export type OperationStage = "queue" | "prepare" | "engine";

/** How far a model's work for a request has come, and when. */
export class OperationTrail {
  readonly facts: OperationFacts;
  /** When its request came. */
  readonly arrivedMs: number;
  /** When it began to wait for its turn: its body had been read by then. */
  readonly askedMs = performance.now();
  /** The answer's id on the wire. */
  responseId: string | null = null;
  /** Of what has no answers: embeddings, ranks. */
  promptTokens: number | null = null;
  readonly #onAnswer: () => void;
  readonly #finished: FinishedAnswer[] = [];
  #admittedMs: number | null = null;
  #preparedMs: number | null = null;
  #computedMs: number | null = null;
  #running = 0;
  #watch: NodeJS.Timeout | null = null;
  #isWatched = true;

  constructor(facts: OperationFacts, arrivedMs: number, onAnswer: () => void) {
    this.facts = facts;
    this.arrivedMs = arrivedMs;
    this.#onAnswer = onAnswer;
  }

  get admittedMs(): number | null {
    return this.#admittedMs;
  }

  get preparedMs(): number | null {
    return this.#preparedMs;
  }

  get computedMs(): number | null {
    return this.#computedMs;
  }

  /** Answers that have been asked of the engine and have not ended. */
  get running(): number {
    return this.#running;
  }

  get finished(): readonly FinishedAnswer[] {
    return this.#finished.toSorted((one, other) => one.choice - other.choice);
  }

  get stage(): OperationStage {
    if (this.#admittedMs === null) return "queue";
    return this.#preparedMs === null ? "prepare" : "engine";
  }

  admitted(): void {
    this.#admittedMs = performance.now();
  }

  prepared(): void {
    this.#preparedMs = performance.now();
  }

  computed(promptTokens: number): void {
    this.promptTokens = promptTokens;
    this.#computedMs = performance.now();
  }

  /** Calls back where there is still no text of any answer so long after the request came. */
  watchForText(withinMs: number, onSilence: () => void): void {
    if (!this.#isWatched) return;
    const leftMs = Math.max(0, this.arrivedMs + withinMs - performance.now());
    this.#watch = setTimeout(onSilence, leftMs).unref();
  }

  /** There is text, or nobody waits for it any more. */
  stopWatching(): void {
    this.#isWatched = false;
    if (this.#watch !== null) clearTimeout(this.#watch);
    this.#watch = null;
  }

  /** What was submitted last was not taken, and has no end. */
  withdraw(): void {
    this.#running--;
  }

  /** An answer is asked of the engine; what is returned is for when it has ended. */
  submitted(choice: number, countsPrompt: boolean): (outcome: GenerationOutcome) => FinishedAnswer {
    const submittedMs = performance.now();
    this.#running++;
    return (outcome) => {
      const times = answerTimes(outcome, submittedMs, performance.now());
      const answer = { choice, countsPrompt, outcome, times };
      this.stopWatching();
      this.#finished.push(answer);
      this.#running--;
      this.#onAnswer();
      return answer;
    };
  }
}
