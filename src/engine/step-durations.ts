import { BucketCounts, type BucketSnapshot } from "./bucket-counts.js";

/** `decode`: answers alone. `prompt`: prompts alone. `mixed`: both passes. */
export const stepKinds = ["decode", "prompt", "mixed"] as const;
export type StepKind = (typeof stepKinds)[number];

/** Of whole steps, seconds. */
export type StepSeconds = Readonly<Record<StepKind, BucketSnapshot>>;

/** Seconds; from a small model's step on a GPU to a large prompt's on a CPU. */
const stepBounds = [
  0.001, 0.002, 0.005, 0.01, 0.015, 0.02, 0.03, 0.04, 0.05, 0.075, 0.1, 0.15, 0.2, 0.25, 0.3, 0.5, 0.75, 1,
  2.5, 5, 10,
];

/** How long the steps took, by kind. A step without rows, which only empties slots, is of no kind. */
export class StepDurations {
  readonly #counts: Readonly<Record<StepKind, BucketCounts>> = {
    decode: new BucketCounts(stepBounds),
    prompt: new BucketCounts(stepBounds),
    mixed: new BucketCounts(stepBounds),
  };

  note(rows: { readonly decodeRows: number; readonly promptRows: number }, ms: number): void {
    const { decodeRows, promptRows } = rows;
    if (decodeRows === 0 && promptRows === 0) return;
    const kind = promptRows === 0 ? "decode" : decodeRows === 0 ? "prompt" : "mixed";
    this.#counts[kind].add(ms / 1000);
  }

  snapshot(): StepSeconds {
    const { decode, prompt, mixed } = this.#counts;
    return { decode: decode.snapshot(), prompt: prompt.snapshot(), mixed: mixed.snapshot() };
  }
}
