import type { Automaton, Edge, State } from "./automaton.js";
import { decimalOf } from "./decimal.js";
import { anyDigit, anyMagnitude, atLeast, atMost } from "./magnitude.js";
import { complement, intersect } from "./operations.js";
import { choice, literal, optional, type Pattern, range, repeat, sequence, whole } from "./pattern.js";
import { automatonOf } from "./pattern-automaton.js";
import type { Work } from "./work.js";

export interface Bound {
  readonly value: number;
  readonly exclusive: boolean;
}

/**
 * Every decimal of at most 15 digits is a double of its own, so that one above an exclusive bound as it is written is still
 * above it when it was parsed. Bounds from here on are none, in the direction in which they are looser.
 */
const maxDigits = 15;
export const largestBound = 10 ** maxDigits;
const usualFractionDigits = 10;

/**
 * The numbers between two bounds, in JSON's notation without exponents.
 *
 * @param minimum null where there is none; its value is below `largestBound`
 * @param maximum null where there is none; its value is above `-largestBound`
 */
export function numbersBetween(
  minimum: Bound | null,
  maximum: Bound | null,
  integer: boolean,
  work: Work,
): Automaton {
  const low = minimum !== null && minimum.value > -largestBound ? minimum : null;
  const high = maximum !== null && maximum.value < largestBound ? maximum : null;
  const fractionDigits = integer ? 0 : fractionDigitsFor(low, high);
  const fraction =
    fractionDigits === 0 ? sequence() : optional(sequence(literal("."), repeat(anyDigit, 1, fractionDigits)));
  const positive = sequence(range("1", "9"), repeat(anyDigit, 0, maxDigits - 1));
  const written = sequence(optional(literal("-")), choice(literal("0"), positive), fraction);
  return [...(low === null ? [] : [from(low)]), ...(high === null ? [] : [to(high)])].reduce(
    (all, condition) => intersect(all, automatonOf(whole(condition), work), work),
    automatonOf(whole(written), work),
  );
}

/** Every way to write the number without an exponent. */
export function notationsOf(value: number, work: Work): Automaton {
  const { negative, integer, fraction } = decimalOf(value);
  const zeros = repeat(literal("0"), 0, Number.POSITIVE_INFINITY);
  const behind =
    fraction === "" ? optional(sequence(literal(".0"), zeros)) : sequence(literal(`.${fraction}`), zeros);
  const sign = value === 0 ? optional(literal("-")) : literal(negative ? "-" : "");
  return automatonOf(whole(sequence(sign, literal(integer), behind)), work);
}

/** All others of an automaton's numbers. */
export function without(automaton: Automaton, value: number, work: Work): Automaton {
  return intersect(automaton, complement(notationsOf(value, work)), work);
}

/** Whole numbers in decimal notation that the divisor divides, the sign aside. */
export function multiplesOf(divisor: number): Automaton {
  // State 0 is the start, state 1 behind the sign, state 2 + r has read a number with remainder r.
  const afterDigits = (remainder: number): Edge[] =>
    Array.from({ length: 10 }, (_, digit) => ({
      range: [0x30 + digit, 0x30 + digit],
      target: 2 + ((remainder * 10 + digit) % divisor),
    }));
  const start: State = { accepting: false, edges: [{ range: [0x2d, 0x2d], target: 1 }, ...afterDigits(0)] };
  const remainders = Array.from({ length: divisor }, (_, remainder) => ({
    accepting: remainder === 0,
    edges: afterDigits(remainder),
  }));
  return [start, { accepting: false, edges: afterDigits(0) }, ...remainders];
}

/** As many as any bound has. Next to an exclusive bound they leave 15 in all; at others rounding does no harm. */
function fractionDigitsFor(low: Bound | null, high: Bound | null): number {
  const bounds = [low, high].flatMap((bound) => (bound === null ? [] : [bound]));
  const wanted = Math.max(
    usualFractionDigits,
    ...bounds.map(({ value }) => decimalOf(value).fraction.length),
  );
  const exclusive = bounds.filter((bound) => bound.exclusive);
  return Math.min(wanted, ...exclusive.map(({ value }) => maxDigits - decimalOf(value).integer.length));
}

function from({ value, exclusive }: Bound): Pattern {
  const bound = decimalOf(value);
  if (!bound.negative) return atLeast(bound, exclusive);
  return choice(anyMagnitude, sequence(literal("-"), atMost(bound, exclusive)));
}

function to({ value, exclusive }: Bound): Pattern {
  const bound = decimalOf(value);
  if (bound.negative || (value === 0 && exclusive)) return sequence(literal("-"), atLeast(bound, exclusive));
  return choice(sequence(literal("-"), anyMagnitude), atMost(bound, exclusive));
}
