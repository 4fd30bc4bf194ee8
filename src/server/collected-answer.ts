import type { GenerationOutcome, GenerationSink } from "../engine/generation.js";

export interface CollectedAnswer {
  readonly text: string;
  readonly outcome: GenerationOutcome;
}

/** The whole answer of what `submit` starts. */
export function collectAnswer(submit: (sink: GenerationSink) => void): Promise<CollectedAnswer> {
  return new Promise((resolve) => {
    let text = "";
    submit({
      onText: (piece) => {
        text += piece;
      },
      onFinish: (outcome) => resolve({ text, outcome }),
    });
  });
}
