import type { FastifyRequest } from "fastify";
import type { AnswerStream } from "../api/openai/answer-stream.js";
import { singleTimings, warningsOf } from "../api/openai/response-end.js";
import type { CountedAnswer } from "../api/openai/usage.js";
import type { GenerationOutcome, GenerationSink } from "../engine/generation.js";
import { messageOf, WeirError } from "../errors.js";
import type { PreparedPrompt } from "../prompt/prompt.js";
import { toErrorResponse } from "./error-reply.js";
import type { EventStream } from "./event-stream.js";

/** What is streamed: the prompt of each choice, and how its generation is started and all of them are given up. */
export interface StreamedGenerations {
  readonly prompts: readonly PreparedPrompt[];
  submit(choice: number, sink: GenerationSink): void;
  /** Why an outcome is no answer, or null where it is one. */
  failureOf(outcome: GenerationOutcome): WeirError | null;
  cancel(): void;
  /** Gives up what they hold, those too that were not started. */
  abandon(): void;
}

/**
 * Sends answers while they are written. The engine's callbacks write to the socket.
 *
 * @param open makes the stream, with the frames that are ready already, when the first answer has got a slot: until then a
 * request can be refused with a status of its own
 * @throws WeirError where nothing of the stream was sent
 */
export function streamAnswer(
  frames: AnswerStream,
  open: (first: string) => EventStream,
  generations: StreamedGenerations,
  request: FastifyRequest,
): Promise<void> {
  const { prompts } = generations;
  const outcomes: (GenerationOutcome | undefined)[] = prompts.map(() => undefined);
  let running = prompts.length;
  let events: EventStream | null = null;
  let failed = false;

  return new Promise((resolve, reject) => {
    let early = "";
    const opened = (): EventStream => {
      events ??= open(frames.open() + early);
      resolve();
      return events;
    };
    const write = (written: string): void => {
      if (events === null) early += written;
      else events.write(written);
    };
    const fail = (error: WeirError): void => {
      if (failed) return;
      failed = true;
      if (events === null) reject(error);
      else {
        request.trail.fail(error);
        request.server.measures.countError(error.code);
        // Nothing is wrong with the server then.
        if (error.code === "shutting_down" || error.status < 500)
          request.log.info({ code: error.code }, "generation stopped");
        else request.log.error({ err: error }, "generation failed");
        events.end(frames.fail(toErrorResponse(error, request.id)));
      }
      generations.cancel();
    };
    const finish = (choice: number, outcome: GenerationOutcome): void => {
      running--;
      outcomes[choice] = outcome;
      if (events?.closed || failed) return;
      const failure = generations.failureOf(outcome);
      if (failure !== null) {
        fail(failure);
        return;
      }
      const stream = opened();
      const answers = finishedAnswers(prompts, outcomes);
      const isLast = running === 0;
      const fields = isLast
        ? { ...(prompts.length === 1 ? singleTimings(answers) : {}), ...warningsOf(answers) }
        : {};
      const last = frames.choices[choice]?.finish(outcome, fields) ?? "";
      if (isLast) stream.end(last + frames.end(answers));
      else stream.write(last);
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
          onStart: () => orFail(() => void opened()),
          onProgress: (progress) => orFail(() => write(choiceFrames.progress(progress))),
          // The first token's comes before there is a slot.
          onPromptLogprobs: (tokens) => orFail(() => write(choiceFrames.promptLogprobs?.(tokens) ?? "")),
          onLogprob: (sampled) => orFail(() => choiceFrames.logprob(sampled)),
          onText: (piece) => orFail(() => write(choiceFrames.text(piece))),
          onFinish: (outcome) => orFail(() => finish(choice, outcome)),
        });
      }
    } catch (error) {
      fail(new WeirError("internal_error", messageOf(error), { cause: error }));
      generations.abandon();
    }
  });
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
