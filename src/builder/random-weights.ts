import { float16Bits } from "./float16.js";
import { bytesOf } from "./tensor-type.js";

export type RandomWeightType = "f16" | "q8_0" | "f32";

const chunkBlocks = 32_768;
const blockValues = 32;

/**
 * Uniform random weights in a tensor type, in pieces of some MB.
 *
 * @param count of weights
 * @param standardDeviation of the weights
 * @param next gives 32 random bits
 * @throws RangeError when they are not whole blocks of 32
 */
export function* randomWeights(
  type: RandomWeightType,
  count: number,
  standardDeviation: number,
  next: () => number,
): Iterable<Buffer> {
  if (count % blockValues !== 0)
    throw new RangeError(`${count} weights are not whole blocks of ${blockValues}`);
  const blocks = count / blockValues;
  for (let start = 0; start < blocks; start += chunkBlocks) {
    const values = Math.min(chunkBlocks, blocks - start) * blockValues;
    const chunk = Buffer.alloc(bytesOf(type, values));
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
    const blockBytes = bytesOf("q8_0", blockValues);
    for (let at = 0; at < target.length; at += blockBytes) {
      target.writeUInt16LE(scale, at);
      for (let i = 2; i < blockBytes; i += 4) target.writeUInt32LE(next(), at + i);
    }
  },
};

/** Uniform over ± √3 standard deviations. */
function uniform(next: () => number, standardDeviation: number): number {
  return (next() / 2 ** 32 - 0.5) * Math.sqrt(12) * standardDeviation;
}
