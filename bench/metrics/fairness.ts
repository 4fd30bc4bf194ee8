/**
 * Jain's fairness index of what everybody got: 1 where all got the same, 1 / n where one of n got everything.
 *
 * Jain, Chiu, Hawe: A Quantitative Measure of Fairness and Discrimination (1984).
 *
 * @returns 1 where nobody got anything
 */
export function jainIndex(shares: readonly number[]): number {
  const sum = shares.reduce((total, share) => total + share, 0);
  const squares = shares.reduce((total, share) => total + share ** 2, 0);
  return squares === 0 ? 1 : sum ** 2 / (shares.length * squares);
}
