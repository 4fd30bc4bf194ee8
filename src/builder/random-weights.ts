import { float16Bits } from "./float16.js";
import { bytesOf, tensorTypes } from "./tensor-type.js";

export type RandomWeightType = "f16" | "q8_0" | "q4_k" | "f32";

const chunkValues = 2 ** 20;
/** Also of the types without blocks, so that every type refuses the same shapes. */
const leastBlockValues = 32;

/**
 * Uniform random weights in a tensor type, in pieces of some MB.
 *
 * @param count of weights
 * @param standardDeviation of the weights
 * @param next gives 32 random bits
 * @throws RangeError when they are not whole blocks
 */
export function* randomWeights(
  type: RandomWeightType,
  count: number,
  standardDeviation: number,
  next: () => number,
): Iterable<Buffer> {
  const blockValues = Math.max(leastBlockValues, tensorTypes[type].blockValues);
  if (count % blockValues !== 0)
    throw new RangeError(`${count} weights are not whole blocks of ${blockValues}`);
  for (let start = 0; start < count; start += chunkValues) {
    const chunk = Buffer.alloc(bytesOf(type, Math.min(chunkValues, count - start)));
    fill[type](chunk, standardDeviation, next);
    yield chunk;
  }
}

type Fill = (target: Buffer, standardDeviation: number, next: () => number) => void;

const fill: Readonly<Record<RandomWeightType, Fill>> = {
  f32: (target, standardDeviation, next) => {
    for (let at = 0; at < target.length; at += 4) target.writeFloatLE(uniform(next, standardDeviation), at);
  },
  f16: (target, standardDeviation, next) => {
    for (let at = 0; at < target.length; at += 2) {
      target.writeUInt16LE(float16Bits(uniform(next, standardDeviation)), at);
    }
  },
  // The bytes themselves are random: no weights are made to be quantized. -128 appears, which ggml's own quantizer does
  // not make; its kernels take it.
  q8_0: (target, standardDeviation, next) => {
    const scale = float16Bits((standardDeviation * Math.sqrt(12)) / 256);
    const { blockBytes } = tensorTypes.q8_0;
    for (let at = 0; at < target.length; at += blockBytes) {
      target.writeUInt16LE(scale, at);
      for (let i = 2; i < blockBytes; i += 4) target.writeUInt32LE(next(), at + i);
    }
  },
  // A weight is scale × q - minimum with q from 0 to 15. All scales and minima of a block are 32 of their 63, and the
  // minima's factor is 7.5 times the scales': so the weights lie evenly around 0.
  q4_k: (target, standardDeviation, next) => {
    const factor = (standardDeviation * Math.sqrt(12)) / Math.sqrt(16 ** 2 - 1) / 32;
    const [scales, minima] = [float16Bits(factor), float16Bits(7.5 * factor)];
    const { blockBytes } = tensorTypes.q4_k;
    for (let at = 0; at < target.length; at += blockBytes) {
      target.writeUInt16LE(scales, at);
      target.writeUInt16LE(minima, at + 2);
      // 12 bytes for 16 numbers of 6 bits: the first 8 have the later ones' two highest bits in their own.
      target.fill(0b10_100000, at + 4, at + 12);
      target.fill(0, at + 12, at + 16);
      for (let i = 16; i < blockBytes; i += 4) target.writeUInt32LE(next(), at + i);
    }
  },
};

/** Uniform over ± √3 standard deviations. */
function uniform(next: () => number, standardDeviation: number): number {
  return (next() / 2 ** 32 - 0.5) * Math.sqrt(12) * standardDeviation;
}
