import type { FinishedAnswer } from "../api/openai/answer.js";
import type { GenerationFields } from "../api/openai/generation-fields.js";
import { mayThink } from "../api/openai/thinking-budget.js";
import { type GenerationOrigin, toGenerationRequest } from "../api/openai/to-generation-request.js";
import type {
  GenerationHandle,
  GenerationOutcome,
  GenerationRequest,
  GenerationSink,
} from "../engine/generation.js";
import { lostOutcome } from "../engine/lost-outcome.js";
import { messageOf, WeirError } from "../errors.js";
import type { PreparedPrompt, Prompt } from "../prompt/prompt.js";
import type { GenerationModel } from "../registry/served-model.js";
import { AnswerMeter } from "../telemetry/answer-meter.js";
import type { ModelMeasures } from "../telemetry/measures.js";
import type { OperationTrail } from "../telemetry/operation-trail.js";
import type { Admitted } from "./admitted.js";
import { collectAnswer } from "./collected-answer.js";
import { failureOf } from "./generation-failure.js";
import { type GenerationLogOptions, logGeneration } from "./generation-log.js";
import type { StreamedGenerations } from "./streamed-answer.js";

/** What a request for generations brings beside its fields. */
export interface GenerationSetting {
  readonly origin: GenerationOrigin;
  /** How many answers each prompt gets. */
  readonly answersEach: number;
  /** What is told when an answer has ended. */
  readonly admitted: Admitted;
  readonly operation: OperationTrail;
  readonly log: GenerationLogOptions;
  readonly measures: ModelMeasures;
  /** Aborts when the client leaves: what runs is cancelled. */
  readonly departure: AbortSignal;
}

/** Who wants to hear of a choice. */
interface Submission {
  readonly index: number;
  readonly sink: GenerationSink;
}

interface Choice {
  readonly prompt: Prompt;
  readonly prepared: PreparedPrompt;
  readonly generation: GenerationRequest;
}

/** The generations that one request asks for: each of its prompts, so many times. As many run at the same time as it has places. */
export class RequestedGenerations implements StreamedGenerations {
  readonly hasLogprobs: boolean;
  readonly #model: GenerationModel;
  readonly #stream: boolean;
  readonly #setting: GenerationSetting;
  readonly #choices: readonly Choice[];
  readonly #running = new Set<GenerationHandle>();
  /** One of its answers has got a slot: its deadline is kept. */
  #hasBegun = false;
  #isCancelled = false;
  /** Those that have no place yet, in their order. */
  #waiting: readonly Submission[] = [];

  /** @throws WeirError where a prompt does not fit a slot, or a field does not fit the model */
  constructor(
    fields: GenerationFields,
    prompts: readonly { readonly prompt: Prompt; readonly prepared: PreparedPrompt }[],
    model: GenerationModel,
    setting: GenerationSetting,
  ) {
    this.#model = model;
    this.#stream = fields.stream === true;
    this.#setting = setting;
    this.hasLogprobs = setting.origin.reports.topLogprobs >= 0;
    this.#choices = prompts.flatMap(({ prompt, prepared }) => {
      const generation = toGenerationRequest(
        fields,
        prepared,
        model,
        setting.origin,
        mayThink(prompt, prepared),
      );
      return Array.from({ length: setting.answersEach }, (_, index) => ({
        prompt,
        prepared,
        generation: withSeed(generation, index),
      }));
    });
    // The best of several answers are chosen by their log-probabilities, whether or not these are asked for.
    const field = setting.answersEach > (fields.n ?? 1) ? "best_of" : "logprobs";
    if (this.hasLogprobs && !this.#stream) refuseTooManyLogprobs(this.#choices, field);
    setting.departure.addEventListener("abort", () => this.cancel(), { once: true });
  }

  get prompts(): readonly PreparedPrompt[] {
    return this.#choices.map(({ prepared }) => prepared);
  }

  /** Asks for an answer as soon as there is a place for it: a request of many answers takes its turns like others. */
  submit(index: number, sink: GenerationSink): void {
    if (this.#waiting.length === 0 && this.#setting.admitted.mayAsk()) this.#ask({ index, sink });
    else {
      this.#waiting = [...this.#waiting, { index, sink }];
      this.#setting.admitted.offer(() => this.#askNext());
    }
  }

  #ask({ index, sink }: Submission): void {
    const choice = this.#choices[index];
    if (choice === undefined) throw new RangeError(`there is no choice ${index}`);
    const { prompt, prepared, generation } = choice;
    const { admitted, measures, operation, log } = this.#setting;
    const { waitedMs } = admitted;
    const { prepareMs } = prepared;
    // A prompt with several answers counts once.
    const isFirst = this.#choices.findIndex((other) => other.prepared === prepared) === index;
    const facts = { model: operation.facts.model, stream: this.#stream, waitedMs, prepareMs };
    const { arrivedMs } = operation;
    const meter = new AnswerMeter(measures, { arrivedMs, waitedMs, prepareMs }, () => performance.now());
    const finish = operation.submitted(index, isFirst);
    const logged = logGeneration(meter.around(sink), facts, prompt, operation, finish, log);
    let hadSlot = false;
    const watched: GenerationSink = {
      ...logged,
      onStart: () => {
        hadSlot = true;
        this.#hasBegun = true;
        admitted.begin(1);
        logged.onStart?.();
      },
      onFinish: (outcome) => {
        this.#running.delete(handle);
        if (outcome.failure?.code === "queue_timeout" && this.#hasBegun && askAgain()) return;
        const cached = isFirst ? outcome.cachedTokens : 0;
        const isFollowed = this.#waiting.length > 0;
        admitted.answerServed({ cached, completion: outcome.completionTokens, hadSlot, isFollowed });
        try {
          // Of a refusal there is nothing to measure, and it has a line of its own.
          if (isRefused(outcome)) {
            finish(outcome);
            sink.onFinish(outcome);
          } else logged.onFinish(outcome);
        } finally {
          this.#askNext();
        }
      },
    };
    let handle: GenerationHandle;
    const generate = (maxWaitMs: number | null): void => {
      handle = this.#model.generate({ ...generation, maxWaitMs }, watched);
      this.#running.add(handle);
    };
    // Another answer was quicker than the one that the deadline went with.
    const askAgain = (): boolean => {
      if (this.#isCancelled) return false;
      try {
        generate(null);
        return true;
      } catch {
        return false; // it has failed all the same, and says why
      }
    };
    try {
      // As soon as one of its answers has begun, the request has: the others may take their time.
      generate(index === 0 && !this.#hasBegun ? admitted.remainingMs : null);
    } catch (thrown) {
      operation.withdraw();
      throw thrown;
    }
  }

  /**
   * All answers, once the last one is finished.
   *
   * @throws WeirError where one of them failed; the others are given up
   */
  async collect(): Promise<FinishedAnswer[]> {
    const collecting = this.#choices.map((choice, index) => this.#collectOne(choice, index));
    const answers = await Promise.all(collecting).catch((thrown: unknown) => {
      this.cancel();
      throw thrown;
    });
    // Of a client that left, the answers are cancelled and nobody is told.
    if (this.#setting.departure.aborted) return answers;
    // What failed first: the others were cancelled because of it.
    const failed = answers.find(({ outcome }) => outcome.finishReason === "error");
    const failure = this.failureOf(
      (failed ?? answers.find(({ outcome }) => failureOf(outcome) !== null))?.outcome,
    );
    if (failure !== null) throw failure;
    return answers;
  }

  failureOf(outcome: GenerationOutcome | undefined): WeirError | null {
    // The gate knows when another try may help.
    if (outcome?.failure?.code === "queue_timeout") return this.#setting.admitted.timedOut();
    return failureOf(outcome);
  }

  /** Ends all answers, those too that were not asked for yet. */
  cancel(): void {
    this.#isCancelled = true;
    for (const handle of this.#running) handle.cancel();
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#setting.admitted.offer(null);
    for (const { index, sink } of waiting) sink.onFinish(lostOutcome(this.#promptTokens(index), null));
    this.#setting.admitted.giveBack();
  }

  #askNext(): void {
    const { admitted } = this.#setting;
    for (;;) {
      const [next, ...others] = this.#waiting;
      if (next === undefined || !admitted.mayAsk()) break;
      this.#waiting = others;
      try {
        this.#ask(next);
      } catch (thrown) {
        // Nobody is behind it whom an error could reach.
        const isFollowed = others.length > 0;
        admitted.answerServed({ cached: 0, completion: 0, hadSlot: false, isFollowed });
        const failure = { code: "engine_failed", message: messageOf(thrown) } as const;
        next.sink.onFinish(lostOutcome(this.#promptTokens(next.index), failure));
      }
    }
    if (this.#waiting.length > 0) return;
    admitted.offer(null);
    admitted.giveBack();
  }

  #promptTokens(index: number): number {
    return this.#choices[index]?.prepared.tokens.length ?? 0;
  }

  abandon(): void {
    this.cancel();
    this.#setting.admitted.leave();
  }

  async #collectOne({ prepared }: Choice, index: number): Promise<FinishedAnswer> {
    const { pieces, promptLogprobs, outcome } = await collectAnswer((sink) => this.submit(index, sink));
    if (outcome.finishReason === "error") this.cancel();
    return { prompt: prepared, pieces, promptLogprobs, hasLogprobs: this.hasLogprobs, outcome };
  }
}

/** It waited for a slot, and never began. */
function isRefused({ failure }: GenerationOutcome): boolean {
  return failure?.code === "queue_timeout" || failure?.code === "shutting_down";
}

/** Of one response that is written as a whole, some 100 bytes each: more would hold up everybody, or be too long to write. */
const mostLogprobs = 1_000_000;

/** @throws WeirError `invalid_value` */
function refuseTooManyLogprobs(choices: readonly Choice[], field: "best_of" | "logprobs"): void {
  const logprobs = choices.reduce((sum, { generation: { maxTokens, promptTokens, sampling } }) => {
    const tokens = maxTokens + (sampling.scoresPrompt ? promptTokens.length : 0);
    return sum + tokens * (1 + sampling.topLogprobs);
  }, 0);
  if (logprobs <= mostLogprobs) return;
  throw new WeirError(
    "invalid_value",
    `The answer could have ${logprobs} log-probabilities: the limit is ${mostLogprobs}. Lower max_tokens, n, best_of or the number of top log-probabilities, or stream.`,
    { param: field },
  );
}

/** Otherwise all answers would be the same one. */
function withSeed(generation: GenerationRequest, index: number): GenerationRequest {
  if (index === 0) return generation;
  const seed = (generation.sampling.seed + index) % (2 ** 32 - 1);
  return { ...generation, sampling: { ...generation.sampling, seed } };
}
