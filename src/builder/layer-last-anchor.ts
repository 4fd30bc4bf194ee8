import { EchoLayer } from "./echo-layer.js";
import type { EchoTuning } from "./echo-tuning.js";
import { firstTokenPhasor } from "./layer-position.js";
import { anchor, ballast, first, phasors, phasorWidth } from "./residual-layout.js";
import { frequency, pairs } from "./rotary-pairs.js";

/**
 * Scores of several thousand nats are a product of a key and a query. Half precision ends at 65,504, so the key takes a
 * part of it; a power of two, so that it is exact.
 */
const keyScale = 64;

/**
 * Layer 3: where does the last script start? The phasors of its anchor are what an answer's anchor needs; all other
 * positions find it too and don't use it.
 *
 * A score in multiples of `bound`, which a recency score never reaches (its extremes are 0.7 or less):
 *
 *   any other token             0
 *   the anchor of a ※ script   -0.7 … 0.7, or 3.3 … 4.7 for an answer to a tool's result
 *   the first token             1: with nothing else to attend to, the phasors are 0
 *   the anchor of a script      1.3 … 2.7
 */
export function lastScriptLayer({ recency, contextTokens }: EchoTuning): EchoLayer {
  const layer = new EchoLayer();
  preferRecent(layer, recency.amplitudes, contextTokens, [anchor.script, anchor.toolScript]);
  preferFirstToken(layer, recency.bound);
  addBonus(layer, pairs.bonus, anchor.script, ballast, 2 * recency.bound);
  addBonus(layer, pairs.toolBonus, anchor.toolScript, anchor.afterTool, 4 * recency.bound);
  copyPhasors(layer, phasors.own, phasors.script, 0);
  return layer;
}

/**
 * Layer 4: which anchor do I count from? Every position finds the last anchor of any kind and copies its phasors and,
 * if that was an answer's, the phasors of the script that it had found. The scores are as in layer 3, without ※.
 */
export function lastAnchorLayer({ recency, contextTokens }: EchoTuning): EchoLayer {
  const layer = new EchoLayer();
  preferRecent(layer, recency.amplitudes, contextTokens, [anchor.any]);
  preferFirstToken(layer, recency.bound);
  addBonus(layer, pairs.bonus, anchor.any, ballast, 2 * recency.bound);
  copyPhasors(layer, phasors.own, phasors.anchor, 0);
  copyPhasors(layer, phasors.script, phasors.anchorScript, phasorWidth);
  return layer;
}

/** Σ a · -sin(θ(D - N/2)) for keys with a flag: see recency-weights.ts. -sin x is Re(j e^(jx)). */
function preferRecent(
  layer: EchoLayer,
  amplitudes: readonly number[],
  contextTokens: number,
  flags: readonly number[],
): void {
  for (const [k, pair] of pairs.recency.entries()) {
    for (const flag of flags) layer.key(pair, flag, keyScale);
    const score = (amplitudes[k] ?? 0) / keyScale;
    const phase = (-frequency(pair) * contextTokens) / 2;
    layer.query(0, pair, ballast, { re: -score * Math.sin(phase), im: score * Math.cos(phase) });
  }
}

function preferFirstToken(layer: EchoLayer, score: number): void {
  layer.key(pairs.first, first, keyScale);
  layer.query(0, pairs.first, ballast, { re: score / keyScale, im: 0 });
}

/** Raises keys that have `flag`, where the query has `condition`. Over four values, to keep each of them small. */
function addBonus(
  layer: EchoLayer,
  bonusPairs: readonly number[],
  flag: number,
  condition: number,
  score: number,
): void {
  const part = score / keyScale / (2 * bonusPairs.length);
  for (const pair of bonusPairs) {
    layer.key(pair, flag, keyScale);
    layer.keyImaginary(pair, flag, keyScale);
    layer.query(0, pair, condition, { re: part, im: part });
  }
}

/** Copies phasors through the value; `dimension` is the first of the twelve that they take there. */
function copyPhasors(layer: EchoLayer, source: number, target: number, dimension: number): void {
  for (let i = 0; i < phasorWidth; i++) {
    layer.value(dimension + i, source + i, 1);
    if (source === phasors.own) layer.value(dimension + i, first, -firstTokenPhasor);
    layer.output(target + i, 0, dimension + i, 1);
  }
}
