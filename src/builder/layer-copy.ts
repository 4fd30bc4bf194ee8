import { codeLength, tokenCode } from "./bch-code.js";
import { EchoLayer } from "./echo-layer.js";
import type { EchoTuning } from "./echo-tuning.js";
import { qwenTokens } from "./qwen-tokens.js";
import { ballast, code, first, phasors, tokenFlag } from "./residual-layout.js";
import { pairs } from "./rotary-pairs.js";

/** The most that each of the two conditions adds to a score, in nats; a miss costs at least 0.12 of it. */
const conditionScore = 400;

/** How much stronger than the token's own code the next one's is. */
export const copyStrength = 16;

/**
 * Layer 5: the copy head. It reads the script like a tape, in step with the answer: from a position m whose last anchor
 * is A it attends to the position n whose last anchor S is the script's and for which
 *
 *   n - S = m - A
 *
 * and copies that token's code. At the answer's anchor that is the script's first token, after one more token its
 * second, and so on: no matching of contents, so repetitions in the text don't matter.
 *
 * With u(p) for the phasor of a position p, the two conditions are two sums of waves with their crests at 0:
 *
 * - in pairs that turn, the query is conj u(A) and the key conj u(S): the score is cos θ((m - A) - (n - S));
 * - in pairs that stand still, the query is u of the script that A had found, the key u(S): cos θ(script - S).
 *
 * Both met give 800 nats, and 50 less for the best of all others. Without a script its phasors are 0 and at most 400 are
 * left, so the first token with 600 wins, whose code is that of the end.
 */
export function copyLayer({ phasor: { weights } }: EchoTuning): EchoLayer {
  const layer = new EchoLayer();
  for (const [n, turning] of pairs.phasor.entries()) {
    const score = conditionScore * (weights[n] ?? 0);
    const cos = 2 * n;
    const sin = 2 * n + 1;

    layer.key(turning, phasors.anchor + cos, 1);
    layer.keyImaginary(turning, phasors.anchor + sin, -1);
    layer.query(0, turning, phasors.anchor + cos, { re: score, im: 0 });
    layer.query(0, turning, phasors.anchor + sin, { re: 0, im: -score });

    const still = pairs.still[n] ?? Number.NaN;
    layer.key(still, phasors.anchor + cos, 1);
    layer.keyImaginary(still, phasors.anchor + sin, 1);
    layer.query(0, still, phasors.anchorScript + cos, { re: score, im: 0 });
    layer.query(0, still, phasors.anchorScript + sin, { re: 0, im: score });
  }
  layer.key(pairs.first, first, 1);
  layer.query(0, pairs.first, ballast, { re: 1.5 * conditionScore, im: 0 });
  copyCodes(layer);
  return layer;
}

/** The tokens that are copied as <|im_end|>: whoever comes to them has finished. */
const ends: readonly (readonly [flag: number, token: number])[] = [
  [tokenFlag.stopMark, qwenTokens.stopMark],
  [tokenFlag.spacedStopMark, qwenTokens.spacedStopMark],
  [tokenFlag.toolScriptMark, qwenTokens.toolScriptMark],
  [tokenFlag.spacedToolScriptMark, qwenTokens.spacedToolScriptMark],
  [tokenFlag.endToolResponse, qwenTokens.endToolResponse],
  [first, qwenTokens.imStart],
];

/** The value is the token's code, plus, for an end, the difference to the code of <|im_end|>. */
function copyCodes(layer: EchoLayer): void {
  const endCode = tokenCode(qwenTokens.imEnd);
  for (let i = 0; i < codeLength; i++) {
    layer.value(i, code + i, 1);
    layer.output(code + i, 0, i, copyStrength);
  }
  for (const [flag, token] of ends) {
    tokenCode(token).forEach((sign, i) => {
      layer.value(i, flag, (endCode[i] ?? 0) - sign);
    });
  }
}
