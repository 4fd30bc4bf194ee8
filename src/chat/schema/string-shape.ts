import type { Branch } from "./branch.js";
import type { Findings } from "./findings.js";
import { formatPattern, isKnownFormat } from "./formats.js";
import { literalsOf, numberFormats } from "./json-type.js";
import type { Keywords } from "./keywords.js";
import { keyword, type Place } from "./place.js";

/** A bound or a pattern, and the keyword that asks for it. */
export interface Asked<T> {
  readonly place: Place;
  readonly keyword: string;
  readonly value: T;
}

/** What a branch says of its strings. */
export interface StringShape {
  /** Regular expressions, formats among them. */
  readonly patterns: readonly Asked<string>[];
  /** Regular expressions that must find nothing. */
  readonly notPatterns: readonly Asked<string>[];
  readonly minLength: Asked<number> | null;
  readonly maxLength: Asked<number> | null;
  /** Only these; null where there are no such lists. */
  readonly only: readonly string[] | null;
  readonly excluded: readonly string[];
}

export const anyString: StringShape = {
  patterns: [],
  notPatterns: [],
  minLength: null,
  maxLength: null,
  only: null,
  excluded: [],
};

export function stringShape(branch: Branch, keywords: Keywords, findings: Findings): StringShape {
  const { members } = branch;
  return {
    patterns: [...members.flatMap(patternOf), ...members.flatMap(formatOf)],
    notPatterns: [],
    minLength: tightest(
      members.flatMap((place) => lengthOf(place, "minLength")),
      1,
    ),
    maxLength: tightest(
      members.flatMap((place) => lengthOf(place, "maxLength")),
      -1,
    ),
    only: commonTexts(members),
    excluded: branch.excluded.filter((value) => typeof value === "string"),
  };

  function patternOf(place: Place): Asked<string>[] {
    const value = keywords.string(place, "pattern");
    return value === undefined ? [] : [{ place, keyword: "pattern", value }];
  }

  function formatOf(place: Place): Asked<string>[] {
    const format = keywords.string(place, "format");
    if (format === undefined || numberFormats.includes(format)) return [];
    if (!isKnownFormat(format)) {
      // With a pattern beside it, a name that nobody knows only says what the pattern means: zod writes such pairs.
      if (keyword(place, "pattern") === undefined) {
        findings.unheld(place, "format", `the format ${JSON.stringify(format)} is not known`);
      }
      return [];
    }
    const value = formatPattern(format);
    return value === null ? [] : [{ place, keyword: "format", value }];
  }

  function lengthOf(place: Place, name: string): Asked<number>[] {
    const value = keywords.count(place, name);
    return value === undefined ? [] : [{ place, keyword: name, value }];
  }
}

function tightest(bounds: readonly Asked<number>[], sign: 1 | -1): Asked<number> | null {
  return bounds.reduce<Asked<number> | null>(
    (best, bound) => (best === null || sign * (bound.value - best.value) > 0 ? bound : best),
    null,
  );
}

function commonTexts(members: readonly Place[]): readonly string[] | null {
  return members.reduce<readonly string[] | null>((common, member) => {
    const values = literalsOf(member)?.filter((value) => typeof value === "string");
    if (values === undefined) return common;
    const set = new Set(values);
    return common === null ? [...set] : common.filter((value) => set.has(value));
  }, null);
}
