import type { FastifyRequest } from "fastify";
import type { AnswerStream } from "../api/openai/answer-stream.js";
import { errorFrames } from "../api/openai/stream-chunks.js";
import type { GenerationSink } from "../engine/generation.js";
import { messageOf, WeirError } from "../errors.js";
import { toErrorResponse } from "./error-reply.js";
import type { EventStream } from "./event-stream.js";
import { failureOf } from "./generation-failure.js";

/** Sends the answer of what `submit` starts while it is written. The engine's callbacks write to the socket. */
export function streamAnswer(
  frames: AnswerStream,
  events: EventStream,
  submit: (sink: GenerationSink) => void,
  request: FastifyRequest,
): void {
  const fail = (error: WeirError): void => {
    if (error.code === "shutting_down") request.log.info({ code: error.code }, "generation stopped");
    else request.log.error({ err: error }, "generation failed");
    events.end(errorFrames(toErrorResponse(error, request.id)));
  };
  try {
    submit({
      onText: (piece) => events.write(frames.text(piece)),
      onFinish: (outcome) => {
        if (events.closed) return;
        const failure = failureOf(outcome);
        if (failure === null) events.end(frames.finish(outcome));
        else fail(failure);
      },
    });
  } catch (error) {
    // Fastify has let go of the reply: an error that reached it now would leave the client waiting.
    fail(new WeirError("engine_failed", messageOf(error), { cause: error }));
  }
}
