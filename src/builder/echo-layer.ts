import { echoShape } from "./echo-shape.js";
import { type MatrixName, type MatrixSize, matrixSizes } from "./qwen3-architecture.js";
import { ballast } from "./residual-layout.js";
import { headDim, pairCount, pairs } from "./rotary-pairs.js";

/** A matrix as GGUF stores it: a row of `inputs` weights for each output. */
class Matrix {
  readonly values: Float32Array;
  readonly #inputs: number;

  constructor({ inputs, outputs }: MatrixSize) {
    this.#inputs = inputs;
    this.values = new Float32Array(inputs * outputs);
  }

  /** Adds to a weight: what two parts of a layer write to one place is summed. */
  add(output: number, input: number, weight: number): void {
    const index = output * this.#inputs + input;
    this.values[index] = (this.values[index] ?? 0) + weight;
  }
}

/**
 * The ballast of a head. Qwen3 normalizes each head's query and key like the residual stream, so the same trick is
 * played: 2^20 √64 in one dimension makes the root mean square 2^20, which the norm's weight of 2^20 undoes, and a
 * weight of 0 takes the ballast itself out of the score. The largest query values, four of about 2^13 in layer 3, then
 * change the mean square by 2^-18 of it.
 */
const headBallast = 2 ** 20;

/** `attn_q_norm` and `attn_k_norm`, see `headBallast`. */
export function headNormWeights(): Float32Array {
  const weights = new Float32Array(headDim).fill(headBallast);
  weights[pairs.ballast] = 0;
  return weights;
}

/** A real and an imaginary part, for a pair of a query. */
export interface Complex {
  readonly re: number;
  readonly im: number;
}

/**
 * One layer's weights, written entry by entry. Sources and targets are dimensions of the residual stream; `ballast` as
 * a source is the constant 1 (the norm's weight scales it to that). A score is in nats, before the softmax.
 */
export class EchoLayer {
  readonly matrices: Readonly<Record<MatrixName, Matrix>>;
  #units = 0;

  constructor() {
    const sizes = matrixSizes({ ...echoShape, contextTokens: 0 });
    this.matrices = {
      attn_q: new Matrix(sizes.attn_q),
      attn_k: new Matrix(sizes.attn_k),
      attn_v: new Matrix(sizes.attn_v),
      attn_output: new Matrix(sizes.attn_output),
      ffn_gate: new Matrix(sizes.ffn_gate),
      ffn_up: new Matrix(sizes.ffn_up),
      ffn_down: new Matrix(sizes.ffn_down),
    };
    const value = headBallast * Math.sqrt(headDim);
    this.matrices.attn_k.add(pairs.ballast, ballast, value);
    for (let head = 0; head < echoShape.heads; head++) {
      this.matrices.attn_q.add(head * headDim + pairs.ballast, ballast, value);
    }
  }

  /** The key's real part in a pair. All heads share the key. */
  key(pair: number, source: number, weight: number): void {
    this.matrices.attn_k.add(pair, source, weight);
  }

  keyImaginary(pair: number, source: number, weight: number): void {
    this.matrices.attn_k.add(pair + pairCount, source, weight);
  }

  /** The query of a head in a pair: the score that it gives with a key of 1 (llama.cpp divides scores by √64). */
  query(head: number, pair: number, source: number, score: Complex): void {
    const row = head * headDim + pair;
    this.matrices.attn_q.add(row, source, score.re * Math.sqrt(headDim));
    this.matrices.attn_q.add(row + pairCount, source, score.im * Math.sqrt(headDim));
  }

  /** A dimension of the value, 0 to 63. All heads share it. */
  value(dimension: number, source: number, weight: number): void {
    this.matrices.attn_v.add(dimension, source, weight);
  }

  /** What a head does with a dimension of the value that it attends to. */
  output(target: number, head: number, dimension: number, weight: number): void {
    this.matrices.attn_output.add(target, head * headDim + dimension, weight);
  }

  /**
   * A logical AND over flags of 0 or 1, in one unit of the feed-forward network: the targets grow by 1 where all of
   * `when` are set and none of `unless`.
   *
   * The gate is 40 · (number of `when` flags - all of them + 1/2), so 20 or at most -20. silu(20) is 20, which the
   * other factor scales to 1, and silu(-20) is -4e-8.
   */
  and(when: readonly number[], unless: readonly number[], targets: readonly number[]): void {
    const unit = this.#units++;
    const steepness = 40;
    for (const flag of when) this.matrices.ffn_gate.add(unit, flag, steepness);
    for (const flag of unless) this.matrices.ffn_gate.add(unit, flag, -2 * steepness);
    this.matrices.ffn_gate.add(unit, ballast, -steepness * (when.length - 0.5));
    this.matrices.ffn_up.add(unit, ballast, 2 / steepness);
    for (const target of targets) this.matrices.ffn_down.add(target, unit, 1);
  }
}
