/**
 * Rotary position embedding, seen as phasors, and who uses which pair of it.
 *
 * Qwen3 turns the pair of values (i, i + 32) of a query or key at position p by the angle θ_i · p. With the pair read
 * as a complex number z = z[i] + j · z[i + 32], a query at position m and a key at position n give the score
 *
 *   Re(z_q · conj(z_k) · e^(jθ(m - n)))
 *
 * which depends on the distance D = m - n only. With z_k = 1 and z_q = e^(-jθd) it is cos(θ(D - d)): a wave over the
 * distance whose crest is at d, exactly where we want it. A sum of waves of several θ has its highest crest at d alone.
 */

/** Values per head of a query, key or value. */
export const headDim = 64;
export const pairCount = headDim / 2;

/** `qwen3.rope.freq_base`: the slowest pairs then turn by less than 0.01 rad in 8,192 tokens and hold plain numbers. */
export const ropeBase = 1e7;

/** The turn of a pair in radians per token. */
export function frequency(pair: number): number {
  return ropeBase ** (-pair / pairCount);
}

/**
 * The pairs by what they are for. Fast ones tell near distances apart and slow ones far distances, so each user takes
 * a ladder of them; two users whose contents meet in one head take different ones.
 */
export const pairs = {
  /** Layer 1: from 1 to 0.004 rad a token. */
  lookBack: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11],
  /** Layer 2, to attend to oneself: the odd ones, because the even ones carry the phasors there. */
  self: [1, 3, 5, 7, 9, 11],
  /** Positions are represented at these six frequencies. */
  phasor: [0, 2, 4, 6, 8, 10],
  /** Layers 3 and 4: periods of 2,600 tokens and more, whose sum can fall over the whole context. */
  recency: [12, 13, 14, 15, 16, 17, 18, 19, 20, 21],
  /** Layer 5: six that hardly turn (0.13 rad in 8,192 tokens), for phasors to be compared as they are. */
  still: [22, 23, 24, 25, 26, 27],
  /** Layers 3 and 4: what a script that answers a tool result is worth. */
  toolBonus: [26, 27],
  /** Layers 3 and 4: what a script or an anchor is worth, against all other tokens. */
  bonus: [28, 29],
  /** Its real half: what the chat's first token is worth. */
  first: 30,
  /** Its real half: the ballast of the head, see echo-layer.ts. */
  ballast: 31,
} as const;
