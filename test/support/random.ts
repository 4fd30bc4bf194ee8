import { randomStream } from "#weir/builder/random-numbers.js";

/** Whole numbers from 0 to below the argument, the same in every run. */
export function randomNumbers(seed: number): (below: number) => number {
  const next = randomStream(seed, 0);
  return (below) => next() % below;
}
