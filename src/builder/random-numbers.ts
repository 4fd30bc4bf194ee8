/**
 * A stream of 32-bit numbers from a seed: Tommy Ettinger's mulberry32. Its quality is enough for random weights, it is
 * fast, and unlike Math.random it gives the same model everywhere.
 *
 * @param stream numbers of one seed with different streams are unrelated
 */
export function randomStream(seed: number, stream: number): () => number {
  let state = Math.imul(seed, 0x9e3779b1) ^ Math.imul(stream + 1, 0x85ebca6b);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
}
