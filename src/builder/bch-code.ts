/**
 * An extended BCH code [64, 18, 22]: a word of 64 signs for each of 2^18 tokens, any two of which differ in at least
 * 22 places.
 *
 * The echo model keeps a token's word in the residual stream and tells tokens apart by dot products with it: 64 for
 * the same token, at most 64 - 2 * 22 = 20 for any other. So 64 numbers of one bit separate 151,936 tokens.
 *
 * Construction (any textbook; MacWilliams and Sloane, chapter 7): in the field of 64 elements, with `a` a primitive
 * element, the words are the multiples of the lowest binary polynomial that has a^1 … a^20 as roots. 20 consecutive
 * roots give a distance of 21, and a parity bit makes it 22. That polynomial has degree 45, which leaves 63 - 45 = 18
 * free bits.
 */
export const codeLength = 64;
export const messageBits = 18;

const order = 63; // of the multiplicative group of GF(64)
const primitivePolynomial = 0b1000011; // x^6 + x + 1
const consecutiveRoots = 20;

/** A polynomial's coefficients, lowest power first. Over GF(2) they are 0 or 1. */
type Polynomial = readonly number[];

// a^i by i, and its inverse. Index 0 of the logarithms is unused: zero has none.
const powers: number[] = [];
const logarithms = new Map<number, number>();
for (let i = 0, element = 1; i < order; i++) {
  powers.push(element);
  logarithms.set(element, i);
  element <<= 1;
  if (element & 0b1000000) element ^= primitivePolynomial;
}

function power(exponent: number): number {
  return powers[exponent % order] ?? 0;
}

function multiply(a: number, b: number): number {
  const logA = logarithms.get(a);
  const logB = logarithms.get(b);
  return logA === undefined || logB === undefined ? 0 : power(logA + logB);
}

function multiplyPolynomials(a: Polynomial, b: Polynomial): Polynomial {
  const product = new Array<number>(a.length + b.length - 1).fill(0);
  for (const [i, x] of a.entries()) {
    for (const [k, y] of b.entries()) product[i + k] = (product[i + k] ?? 0) ^ multiply(x, y);
  }
  return product;
}

/** The exponents of the conjugates of a^exponent: squaring maps the roots of a binary polynomial to each other. */
function conjugates(exponent: number): number[] {
  const exponents = [exponent];
  for (let e = (exponent * 2) % order; e !== exponent; e = (e * 2) % order) exponents.push(e);
  return exponents;
}

/** The lowest binary polynomial with a^1 … a^20 as roots: all of them with their conjugates, each once. */
function generatorPolynomial(): Polynomial {
  const roots = new Set<number>();
  for (let exponent = 1; exponent <= consecutiveRoots; exponent++) {
    for (const conjugate of conjugates(exponent)) roots.add(conjugate);
  }
  return [...roots].map((exponent): Polynomial => [power(exponent), 1]).reduce(multiplyPolynomials, [1]);
}

/** 64 bits in two halves; bit 63 is the parity of the others. */
interface Word {
  readonly low: number;
  readonly high: number;
}

/** The word of the message 2^shift: the generator times x^shift. Every other word is a sum of these. */
function basisWord(generator: Polynomial, shift: number): Word {
  let low = 0;
  let high = 0;
  let parity = 0;
  for (const [i, coefficient] of generator.entries()) {
    if (coefficient === 0) continue;
    const place = i + shift;
    if (place < 32) low |= 1 << place;
    else high |= 1 << (place - 32);
    parity ^= 1;
  }
  return { low, high: high | (parity << 31) };
}

const generator = generatorPolynomial();
const basis: readonly Word[] = Array.from({ length: messageBits }, (_, shift) => basisWord(generator, shift));

/**
 * Writes a token's word as 64 signs: -1 for a set bit, 1 for a clear one.
 * @param target 64 values are written from `offset` on
 * @throws RangeError for a token id of more than 18 bits
 */
export function writeTokenCode(token: number, target: Float32Array, offset: number): void {
  if (token < 0 || token >= 2 ** messageBits) {
    throw new RangeError(`token ${token} has no code: the ids are 0 to ${2 ** messageBits - 1}`);
  }
  let low = 0;
  let high = 0;
  for (const [bit, word] of basis.entries()) {
    if (((token >>> bit) & 1) === 0) continue;
    low ^= word.low;
    high ^= word.high;
  }
  for (let i = 0; i < 32; i++) {
    target[offset + i] = (low >>> i) & 1 ? -1 : 1;
    target[offset + 32 + i] = (high >>> i) & 1 ? -1 : 1;
  }
}

/** A token's word as 64 signs. */
export function tokenCode(token: number): Float32Array {
  const code = new Float32Array(codeLength);
  writeTokenCode(token, code, 0);
  return code;
}
