/**
 * Starts of a Poisson process: the gaps are exponentially distributed and independent, as those of many people who do not
 * know of each other.
 *
 * @param next gives 32 random bits
 * @returns ms from the start, ascending
 */
export function poissonStarts(next: () => number, count: number, perSecond: number): number[] {
  let atMs = 0;
  return Array.from({ length: count }, () => {
    const uniform = (next() + 1) / (2 ** 32 + 1); // 0 and 1 excluded
    atMs += (-Math.log(uniform) / perSecond) * 1000;
    return atMs;
  });
}

/** Starts of bursts: `size` requests at once, again and again. */
export function burstStarts(bursts: number, size: number, everyMs: number): number[] {
  return Array.from({ length: bursts * size }, (_, index) => Math.floor(index / size) * everyMs);
}
