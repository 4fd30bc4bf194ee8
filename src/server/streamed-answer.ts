import type { FastifyRequest } from "fastify";
import type { AnswerStream } from "../api/openai/answer-stream.js";
import { singleTimings, warningsOf } from "../api/openai/response-end.js";
import { errorFrames } from "../api/openai/stream-chunks.js";
import type { CountedAnswer } from "../api/openai/usage.js";
import type { GenerationOutcome, GenerationSink } from "../engine/generation.js";
import { messageOf, WeirError } from "../errors.js";
import type { PreparedPrompt } from "../prompt/prompt.js";
import { toErrorResponse } from "./error-reply.js";
import type { EventStream } from "./event-stream.js";
import { failureOf } from "./generation-failure.js";

/** What is streamed: the prompt of each choice, and how its generation is started and all of them are given up. */
export interface StreamedGenerations {
  readonly prompts: readonly PreparedPrompt[];
  submit(choice: number, sink: GenerationSink): void;
  cancel(): void;
  /** Gives up what they hold, those too that were not started. */
  abandon(): void;
}

/** Sends answers while they are written. The engine's callbacks write to the socket. */
export function streamAnswer(
  frames: AnswerStream,
  events: EventStream,
  generations: StreamedGenerations,
  request: FastifyRequest,
): void {
  const { prompts } = generations;
  const outcomes: (GenerationOutcome | undefined)[] = prompts.map(() => undefined);
  let running = prompts.length;
  let failed = false;

  const fail = (error: WeirError): void => {
    if (failed) return;
    failed = true;
    request.server.measures.countError(error.code);
    if (error.code === "shutting_down") request.log.info({ code: error.code }, "generation stopped");
    else request.log.error({ err: error }, "generation failed");
    events.end(errorFrames(toErrorResponse(error, request.id)));
    generations.cancel();
  };
  const finish = (choice: number, outcome: GenerationOutcome): void => {
    running--;
    outcomes[choice] = outcome;
    if (events.closed) return;
    const failure = failureOf(outcome);
    if (failure !== null) {
      fail(failure);
      return;
    }
    const answers = finishedAnswers(prompts, outcomes);
    const isLast = running === 0;
    const fields = isLast
      ? { ...(prompts.length === 1 ? singleTimings(answers) : {}), ...warningsOf(answers) }
      : {};
    const last = frames.choices[choice]?.finish(outcome, fields) ?? "";
    if (isLast) events.end(last + frames.end(answers));
    else events.write(last);
  };

  // Fastify has let go of the reply: an error that reached it, or the engine, now would leave the client waiting.
  const orFail = (part: () => void): void => {
    try {
      if (!failed) part();
    } catch (error) {
      fail(new WeirError("internal_error", messageOf(error), { cause: error }));
    }
  };

  try {
    for (const [choice, choiceFrames] of frames.choices.entries()) {
      generations.submit(choice, {
        onProgress: (progress) => orFail(() => events.write(choiceFrames.progress(progress))),
        onLogprob: (sampled) => orFail(() => choiceFrames.logprob(sampled)),
        onText: (piece) => orFail(() => events.write(choiceFrames.text(piece))),
        onFinish: (outcome) => orFail(() => finish(choice, outcome)),
      });
    }
  } catch (error) {
    fail(new WeirError("engine_failed", messageOf(error), { cause: error }));
    generations.abandon();
  }
}

function finishedAnswers(
  prompts: readonly PreparedPrompt[],
  outcomes: readonly (GenerationOutcome | undefined)[],
): CountedAnswer[] {
  return prompts.flatMap((prompt, index) => {
    const outcome = outcomes[index];
    return outcome === undefined ? [] : { prompt, outcome };
  });
}
