import type { PieceTable } from "./detokenizer.js";
import type { SampledLogprob, TokenLogprob } from "./generation.js";

/** Turns the backend's log-probabilities to what is reported: tokens with their text. */
export class LogprobReader {
  readonly #pieces: PieceTable;

  constructor(pieces: PieceTable) {
    this.#pieces = pieces;
  }

  /** @param values as Backend.logprobs() lays them out */
  describe(token: number, values: Float64Array): SampledLogprob {
    const [logprob = Number.NEGATIVE_INFINITY] = values;
    const top: TokenLogprob[] = [];
    for (let at = 1; at + 1 < values.length; at += 2) {
      top.push(this.#entry(values[at] ?? 0, values[at + 1] ?? 0));
    }
    return { ...this.#entry(token, logprob), top };
  }

  #entry(token: number, logprob: number): TokenLogprob {
    const bytes = this.#pieces.nameBytes(token);
    return { token, text: this.#pieces.decode(bytes), bytes: Array.from(bytes), logprob };
  }
}
