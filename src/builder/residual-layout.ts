/**
 * What each dimension of the echo model's residual stream means. The embedding fills the code, the token's flag and the
 * ballast; the layers fill the rest.
 */

/** Dimensions of the residual stream: whole blocks of 32, as the quantized embedding wants. */
export const residualWidth = 160;

/** 64 dimensions: the token's code word as signs, and after layer 5 that of the next token, 16 times as strong. */
export const code = 0;

/** 1 in the embedding of one token (or of a token and its variant with a leading space), 0 elsewhere. */
export const tokenFlag = {
  imStart: 64,
  user: 65,
  assistant: 66,
  blankLine: 67,
  think: 68,
  endThink: 69,
  /** ¶: a script follows. */
  scriptMark: 70,
  /** ※: a script for after the tool result follows. The variants are apart because each becomes an end. */
  toolScriptMark: 71,
  spacedToolScriptMark: 72,
  toolResponse: 73,
  endToolResponse: 74,
  /** ■: the script ends. */
  stopMark: 75,
  spacedStopMark: 76,
} as const;

/** Layer 1: the flags of earlier tokens. `user2` is 1 if the token two back is `user`. */
export const lookBack = {
  assistant1: 77,
  scriptMark1: 78,
  toolScriptMark1: 79,
  endThink1: 80,
  user2: 81,
  imStart2: 82,
  blankLine2: 83,
  toolResponse2: 84,
  imStart3: 85,
  think3: 86,
  assistant5: 87,
  endToolResponse5: 88,
  imStart6: 89,
  endToolResponse9: 90,
} as const;

/** Layer 1: 1 at the chat's first token. */
export const first = 91;

/** Layer 1: marks of positions from which others count. */
export const anchor = {
  /** The first token of a source: a user's message, a tool's result, or what follows ¶. */
  script: 92,
  /** The first token after ※. */
  toolScript: 93,
  /** Either of them, or the last token before an answer. */
  any: 94,
  /** An answer that follows a tool result; `any` is set there too. */
  afterTool: 95,
} as const;

/**
 * The ballast: a constant so large that it alone makes the root mean square of the residual stream. RMSNorm then
 * divides by a constant, and its weights can undo that: what enters a layer is the residual stream as it is.
 *
 * It has a block of 32 of its own in the quantized embedding, where a scale of 4,096 would drown its neighbours.
 */
export const ballast = 96;
export const ballastValue = 4096;

const phasorCount = 6;

/** Values of a position's phasors: cos and sin at each of the six frequencies of `pairs.phasor`. */
export const phasorWidth = 2 * phasorCount;

/** Where the phasors of four positions lie, 12 dimensions each: (cos, sin) by frequency. */
export const phasors = {
  /** Layer 2: of this position. */
  own: 97,
  /** Layer 3: of the last script's anchor, as seen from here. */
  script: 109,
  /** Layer 4: of the last anchor of any kind. */
  anchor: 121,
  /** Layer 4: of the script that this last anchor had found in layer 3. */
  anchorScript: 133,
} as const;
