import type { PieceTable } from "./detokenizer.js";
import type { PromptLogprob, SampledLogprob, TokenLogprob } from "./generation.js";

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

  /** The prompt's first token, before which there is nothing. */
  first(token: number): PromptLogprob {
    return { ...this.#entry(token, 0), logprob: null, top: [] };
  }

  /**
   * @param tokens of the prompt, as many as were scored
   * @param values as Backend.takeScores() lays them out
   */
  describeScored(tokens: Int32Array, values: Float64Array): PromptLogprob[] {
    const stride = values.length / Math.max(1, tokens.length);
    return Array.from(tokens, (token, index) => {
      const row = values.subarray(index * stride, (index + 1) * stride);
      const end = row.findIndex(Number.isNaN);
      return this.describe(token, end === -1 ? row : row.subarray(0, end));
    });
  }

  #entry(token: number, logprob: number): TokenLogprob {
    const bytes = this.#pieces.nameBytes(token);
    return { token, text: this.#pieces.decode(bytes), bytes: Array.from(bytes), logprob };
  }
}
