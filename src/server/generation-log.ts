import type { FastifyBaseLogger } from "fastify";
import type { GenerationSink } from "../engine/generation.js";
import type { Prompt } from "../prompt/prompt.js";
import { type GenerationFacts, generationLine } from "../telemetry/generation-line.js";

/** The sink, with one line in the log when it finishes. Prompt and answer are part of it only if asked for. */
export function logGeneration(
  sink: GenerationSink,
  facts: GenerationFacts,
  prompt: Prompt,
  logger: FastifyBaseLogger,
  { logContent }: { readonly logContent: boolean },
): GenerationSink {
  let answer = "";
  return {
    ...sink,
    onText: (text) => {
      if (logContent) answer += text;
      sink.onText(text);
    },
    onFinish: (outcome) => {
      try {
        sink.onFinish(outcome);
      } finally {
        const line = generationLine(facts, outcome);
        logger.info(logContent ? { ...line, prompt, answer } : line, "generation");
      }
    },
  };
}
