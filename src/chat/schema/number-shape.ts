import { type Bound, largestBound } from "../automaton/number-automaton.js";
import type { Branch } from "./branch.js";
import type { Findings } from "./findings.js";
import { isInteger, literalsOf } from "./json-type.js";
import type { Keywords } from "./keywords.js";
import { keyword, type Place } from "./place.js";

/** What a branch says of its numbers. */
export interface NumberShape {
  readonly integer: boolean;
  readonly minimum: Bound | null;
  readonly maximum: Bound | null;
  /** Whole numbers from 2 on, each with the place that asks for it. */
  readonly divisors: readonly { readonly place: Place; readonly value: number }[];
  /** Only these; null where there are no such lists. */
  readonly only: readonly number[] | null;
  readonly excluded: readonly number[];
}

/** More remainders are more states than a grammar should have for one number. */
const largestDivisor = 100;

const int32: { readonly minimum: Bound; readonly maximum: Bound } = {
  minimum: { value: -(2 ** 31), exclusive: false },
  maximum: { value: 2 ** 31 - 1, exclusive: false },
};

export function numberShape(branch: Branch, keywords: Keywords, findings: Findings): NumberShape {
  const { members } = branch;
  const formats = members.map((member) => keyword(member, "format"));
  const divisors = members.flatMap((place) => divisorOf(place, keywords, findings));
  const [minimums, maximums] = [members.flatMap(minimumsOf), members.flatMap(maximumsOf)];
  if (formats.includes("int32")) {
    minimums.push(int32.minimum);
    maximums.push(int32.maximum);
  }
  return {
    integer:
      isInteger(members) || formats.includes("int32") || formats.includes("int64") || divisors.length > 0,
    minimum: tightest(minimums, 1),
    maximum: tightest(maximums, -1),
    // Every whole number is a multiple of 1.
    divisors: divisors.filter(({ value }) => value > 1),
    only: commonNumbers(members),
    excluded: branch.excluded.filter((value) => typeof value === "number"),
  };

  function minimumsOf(place: Place): Bound[] {
    return boundsOf(place, "minimum", "exclusiveMinimum", (value) => value < largestBound);
  }

  function maximumsOf(place: Place): Bound[] {
    return boundsOf(place, "maximum", "exclusiveMaximum", (value) => value > -largestBound);
  }

  function boundsOf(
    place: Place,
    inclusive: string,
    exclusive: string,
    isHeld: (value: number) => boolean,
  ): Bound[] {
    return [inclusive, exclusive].flatMap((name) => {
      const value = keywords.number(place, name);
      if (value === undefined) return [];
      if (isHeld(value)) return [{ value, exclusive: name === exclusive }];
      findings.unheld(
        place,
        name,
        `numbers with more than ${String(largestBound).length - 1} digits are not exact`,
      );
      return [];
    });
  }
}

/** Whether the number lies within the shape, its excluded numbers and its list aside. */
export function inShape(value: number, { integer, minimum, maximum, divisors }: NumberShape): boolean {
  if (integer && !Number.isInteger(value)) return false;
  if (minimum !== null && !(minimum.exclusive ? value > minimum.value : value >= minimum.value)) return false;
  if (maximum !== null && !(maximum.exclusive ? value < maximum.value : value <= maximum.value)) return false;
  return divisors.every((divisor) => value % divisor.value === 0);
}

function divisorOf(
  place: Place,
  keywords: Keywords,
  findings: Findings,
): readonly { readonly place: Place; readonly value: number }[] {
  const value = keywords.number(place, "multipleOf");
  if (value === undefined) return [];
  if (Number.isInteger(value) && value >= 1 && value <= largestDivisor) return [{ place, value }];
  findings.unheld(place, "multipleOf", `only whole numbers from 1 to ${largestDivisor} are held`);
  return [];
}

/** The largest minimum (`sign` 1) or the smallest maximum (-1); of equal ones the exclusive one. */
function tightest(bounds: readonly Bound[], sign: 1 | -1): Bound | null {
  return bounds.reduce<Bound | null>((best, bound) => {
    if (best === null) return bound;
    const difference = sign * (bound.value - best.value);
    return difference > 0 || (difference === 0 && bound.exclusive) ? bound : best;
  }, null);
}

function commonNumbers(members: readonly Place[]): readonly number[] | null {
  return members.reduce<readonly number[] | null>((common, member) => {
    const values = literalsOf(member)?.filter((value) => typeof value === "number");
    if (values === undefined) return common;
    return common === null ? [...new Set(values)] : common.filter((value) => values.includes(value));
  }, null);
}
