import type { GenerationOutcome, PromptLogprob, SampledLogprob } from "../../engine/generation.js";
import type { PreparedPrompt } from "../../prompt/prompt.js";

/** What every chunk of one answer repeats. */
export interface AnswerIdentity {
  readonly id: string;
  readonly createdSeconds: number;
  readonly model: string;
  /** Which build answers, from which file: OpenAI's `system_fingerprint`. */
  readonly fingerprint: string;
  newCallId(): string;
}

/** How answers are written, whoever asks. */
export interface AnswerStyle {
  /** The fields that thinking goes to. */
  readonly reasoningFields: readonly ("reasoning_content" | "reasoning")[];
}

/** One choice of a response. */
export interface FinishedAnswer {
  readonly prompt: PreparedPrompt;
  /** The text as it came, and before each piece the tokens that it completes, where log-probabilities are asked for. */
  readonly pieces: readonly (string | SampledLogprob)[];
  readonly promptLogprobs: readonly PromptLogprob[];
  readonly hasLogprobs: boolean;
  readonly outcome: GenerationOutcome;
}

export function textOf({ pieces }: FinishedAnswer): string {
  return pieces.filter((piece) => typeof piece === "string").join("");
}
