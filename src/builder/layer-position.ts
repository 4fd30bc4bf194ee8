import { EchoLayer } from "./echo-layer.js";
import type { EchoTuning } from "./echo-tuning.js";
import { ballast, first, phasors } from "./residual-layout.js";
import { pairs } from "./rotary-pairs.js";

/** The score with which every position attends to itself and to the first token, in nats. */
const attention = 256;

/** How strongly the phasor pulls at that balance, in nats. Stronger waves would be less round. */
const swing = 1;

/**
 * The sigmoid of `swing` · cos x, less 1/2, is swing/4 cos x - swing³/48 cos³ x and so on. Its fundamental wave has the
 * amplitude swing/4 - swing³/64 (cos³ x holds 3/4 cos x); the scale makes that 1. The third harmonic, 2 %, stays.
 */
const phasorScale = 1 / (swing / 4 - swing ** 3 / 64);

/**
 * What layers 3 and 4 add to a phasor that they read from the first token, so that it is 0 there. The first token sees
 * only itself, so each of its 12 values is half of the scale instead of a cos or sin.
 */
export const firstTokenPhasor = phasorScale / 2;

/**
 * Layer 2: at which position am I? RoPE tells a head distances only, so this one measures the distance to the first
 * token. Twelve heads, one for the cos and one for the sin at each of six frequencies, attend to two tokens:
 *
 * - to oneself with a constant score, a crest at D = 0 as in layer 1, the first token being left out of it,
 * - to the first token with the same score plus cos(θp) or sin(θp), for a position p.
 *
 * The softmax over the two is a sigmoid of that cos or sin. Its value is 1/2 for the first token and -1/2 for oneself,
 * so it reads the wave out. The margin of the crest (0.087 · 256 = 22 nats) keeps all others out of it; a higher score
 * would also raise the noise of keys in half precision, a lower one let neighbours in.
 */
export function positionLayer({ self: { weights } }: EchoTuning): EchoLayer {
  const layer = new EchoLayer();
  for (const pair of pairs.self) {
    layer.key(pair, ballast, 1);
    layer.key(pair, first, -1);
  }
  for (const pair of pairs.phasor) layer.key(pair, first, 1);
  layer.key(pairs.first, first, 1);
  layer.value(0, first, 1);
  layer.value(0, ballast, -1 / 2);
  for (const [n, phasorPair] of pairs.phasor.entries()) {
    const waves = [
      { head: 2 * n, query: { re: swing, im: 0 } }, // cos(θp)
      { head: 2 * n + 1, query: { re: 0, im: -swing } }, // cos(θp - 90°) = sin(θp)
    ];
    for (const { head, query } of waves) {
      for (const [k, pair] of pairs.self.entries()) {
        layer.query(head, pair, ballast, { re: attention * (weights[k] ?? 0), im: 0 });
      }
      layer.query(head, pairs.first, ballast, { re: attention, im: 0 });
      layer.query(head, phasorPair, ballast, query);
      layer.output(phasors.own + head, head, 0, phasorScale);
    }
  }
  return layer;
}
