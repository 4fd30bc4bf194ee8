import type { FastifyBaseLogger } from "fastify";
import type { GenerationOutcome, GenerationSink } from "../engine/generation.js";
import type { Prompt } from "../prompt/prompt.js";
import { type GenerationFacts, generationLine } from "../telemetry/generation-line.js";
import type { FinishedAnswer, OperationTrail } from "../telemetry/operation-trail.js";
import type { RequestLog } from "./request-log.js";

export interface GenerationLogOptions {
  readonly logger: FastifyBaseLogger;
  readonly logContent: boolean;
  readonly requestLog: RequestLog;
}

/**
 * The sink, with one line in the log when it finishes, and a warning where that took long. Prompt and answer are part of it
 * only if asked for.
 *
 * @param finish makes the record of an answer that has ended
 */
export function logGeneration(
  sink: GenerationSink,
  facts: GenerationFacts,
  prompt: Prompt,
  operation: OperationTrail,
  finish: (outcome: GenerationOutcome) => FinishedAnswer,
  { logger, logContent, requestLog }: GenerationLogOptions,
): GenerationSink {
  let answer = "";
  return {
    ...sink,
    onText: (text) => {
      operation.stopWatching();
      if (logContent) answer += text;
      sink.onText(text);
    },
    onFinish: (outcome) => {
      try {
        sink.onFinish(outcome);
      } finally {
        const line = generationLine(facts, outcome);
        logger.info(logContent ? { ...line, prompt, answer } : line, "generation");
        requestLog.finished(operation, finish(outcome), logger);
      }
    },
  };
}
