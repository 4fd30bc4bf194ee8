import type {
  GenerationOutcome,
  GenerationSink,
  PromptLogprob,
  SampledLogprob,
} from "../engine/generation.js";

export interface CollectedAnswer {
  /** The text as it came, and before each piece the tokens that it completes, where they are reported. */
  readonly pieces: readonly (string | SampledLogprob)[];
  /** The prompt's tokens, where they are reported. */
  readonly promptLogprobs: readonly PromptLogprob[];
  readonly outcome: GenerationOutcome;
}

/** The whole answer of what `submit` starts. */
export function collectAnswer(submit: (sink: GenerationSink) => void): Promise<CollectedAnswer> {
  return new Promise((resolve) => {
    const pieces: (string | SampledLogprob)[] = [];
    const promptLogprobs: PromptLogprob[] = [];
    submit({
      onText: (piece) => pieces.push(piece),
      onLogprob: (sampled) => pieces.push(sampled),
      onPromptLogprobs: (tokens) => promptLogprobs.push(...tokens),
      onFinish: (outcome) => resolve({ pieces, promptLogprobs, outcome }),
    });
  });
}
