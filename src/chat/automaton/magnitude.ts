import type { Decimal } from "./decimal.js";
import { choice, literal, optional, type Pattern, range, repeat, sequence } from "./pattern.js";

export const anyDigit = range("0", "9");
const digits = repeat(anyDigit, 0, Number.POSITIVE_INFINITY);
const anyFraction = optional(sequence(literal("."), anyDigit, digits));

/** Numbers without a sign: digits, perhaps a point and more digits. That they have no leading zeros is asked elsewhere. */
export const anyMagnitude = sequence(anyDigit, digits, anyFraction);

/** Those of at least, or more than, the bound without its sign: by number of digits, then digit by digit. */
export function atLeast({ integer, fraction }: Decimal, exclusive: boolean): Pattern {
  const longer = sequence(range("1", "9"), repeat(anyDigit, integer.length, Number.POSITIVE_INFINITY));
  const greater = Array.from(integer, (digit, index) =>
    sequence(literal(integer.slice(0, index)), above(digit), digitsExactly(integer.length - index - 1)),
  );
  const equal = sequence(literal(integer), fractionAtLeast(fraction, exclusive));
  return choice(sequence(choice(longer, ...greater), anyFraction), equal);
}

/** Those of at most, or less than, the bound without its sign. */
export function atMost({ integer, fraction }: Decimal, exclusive: boolean): Pattern {
  const shorter = integer.length === 1 ? choice() : repeat(anyDigit, 1, integer.length - 1);
  const less = Array.from(integer, (digit, index) =>
    sequence(literal(integer.slice(0, index)), below(digit), digitsExactly(integer.length - index - 1)),
  );
  const equal = sequence(literal(integer), fractionAtMost(fraction, exclusive));
  return choice(sequence(choice(shorter, ...less), anyFraction), equal);
}

/** `fraction` has no trailing zeros, so that any text that is shorter means less. */
function fractionAtLeast(fraction: string, exclusive: boolean): Pattern {
  const more = sequence(digits, range("1", "9"), digits);
  if (fraction === "") return exclusive ? sequence(literal("."), more) : anyFraction;
  const greater = Array.from(fraction, (digit, index) =>
    sequence(literal(fraction.slice(0, index)), above(digit), digits),
  );
  return sequence(literal("."), choice(...greater, sequence(literal(fraction), exclusive ? more : digits)));
}

function fractionAtMost(fraction: string, exclusive: boolean): Pattern {
  const zeros = repeat(literal("0"), 0, Number.POSITIVE_INFINITY);
  if (fraction === "") return exclusive ? choice() : optional(sequence(literal(".0"), zeros));
  const less = Array.from(fraction, (digit, index) =>
    sequence(literal(fraction.slice(0, index)), below(digit), digits),
  );
  const shorter = Array.from(fraction.slice(1), (_, index) => literal(fraction.slice(0, index + 1)));
  const equal = exclusive ? [] : [sequence(literal(fraction), zeros)];
  return optional(sequence(literal("."), choice(...less, ...shorter, ...equal)));
}

function above(digit: string): Pattern {
  return digit === "9" ? choice() : range(String(Number(digit) + 1), "9");
}

function below(digit: string): Pattern {
  return digit === "0" ? choice() : range("0", String(Number(digit) - 1));
}

function digitsExactly(count: number): Pattern {
  return repeat(anyDigit, count, count);
}
