import type { Qwen3Shape } from "./qwen3-architecture.js";
import { residualWidth } from "./residual-layout.js";
import { headDim, ropeBase } from "./rotary-pairs.js";

/** The echo model's sizes. 12 heads: layer 2 needs one for each of 12 phasor values. One KV head serves them all. */
export const echoShape: Omit<Qwen3Shape, "contextTokens"> = {
  layers: 5,
  embedding: residualWidth,
  heads: 12,
  kvHeads: 1,
  headDim,
  feedForward: 32,
  ropeBase,
};
