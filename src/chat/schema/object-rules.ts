import type { Grammar } from "../grammar/grammar.js";
import type { JsonRules } from "../grammar/json-rules.js";
import type { Alternatives, Rule } from "../grammar/rule.js";

/** A property whose name is known, and the rule of its value. */
export interface PropertyRule {
  readonly name: string;
  readonly required: boolean;
  readonly value: Rule;
}

export interface ObjectRules {
  /** In the order in which they are written. */
  readonly properties: readonly PropertyRule[];
  /** A further property, name and value; null where there are none. */
  readonly further: Rule | null;
  readonly minProperties: number;
  /** May be Infinity. */
  readonly maxProperties: number;
}

/** What may stand at some place of an object. */
interface Following {
  /** This property or one behind it, and whatever follows it. */
  readonly atLeastOne: Rule;
  /** A comma and that, or nothing. */
  readonly rest: Rule;
}

/** Counting takes rules for every property and number of properties before it. */
export const maxCounted = 8000;

/**
 * Adds the rule of an object whose properties come in their order, each of them once, and then further ones. Where the number
 * of properties is limited, all rules are made for every number that was written so far.
 *
 * @returns null where that would be more than `maxCounted` properties and numbers
 */
export function addObject(grammar: Grammar, json: JsonRules, hint: string, object: ObjectRules): Rule | null {
  const { properties, further, maxProperties } = object;
  const required = properties.filter((property) => property.required).length;
  // The required ones see to a minimum that is not above their number.
  const minProperties = object.minProperties > required ? object.minProperties : 0;
  const mostCounted = Math.min(properties.length, mostThatMatter());
  if (properties.length * mostCounted > maxCounted) return null;

  let following = behindListed();
  let mayEnd = true;
  for (const property of [...properties].reverse()) {
    mayEnd &&= !property.required;
    following = before(property, following, mayEnd);
  }
  const filled = ["{", json.space, following[0]?.atLeastOne ?? grammar.reserve(hint), json.space, "}"];
  return grammar.add(hint, [filled, ...(mayEnd && minProperties === 0 ? [["{", json.space, "}"]] : [])]);

  /** The number of properties up to which it matters how many were written. */
  function mostThatMatter(): number {
    const most = further === null ? properties.length : Number.POSITIVE_INFINITY;
    return maxProperties < most ? maxProperties : minProperties;
  }

  /** Behind the listed properties, for each number of properties written so far. */
  function behindListed(): readonly Following[] {
    return Array.from({ length: mostCounted + 1 }, (_, written) => {
      const atLeastOne = grammar.add(hint, furtherOnes(written));
      return { atLeastOne, rest: restOf(atLeastOne, written, true) };
    });
  }

  /** Further properties may repeat a name, so only the first of them counts for the minimum. */
  function furtherOnes(written: number): Alternatives {
    if (further === null || written + 1 > maxProperties || written + 1 < minProperties) return [];
    const another = grammar.add(hint, [[",", json.space, further]]);
    return [[further, ...json.repetition.between(another, 0, maxProperties - written - 1)]];
  }

  function before(
    property: PropertyRule,
    behind: readonly Following[],
    mayEnd: boolean,
  ): readonly Following[] {
    const pair = [JSON.stringify(property.name), json.space, ":", json.space, property.value];
    return behind.map((skipped, written) => {
      const taken = behind[Math.min(written + 1, mostCounted)] ?? skipped;
      const atLeastOne = grammar.add(property.name, [
        ...(written + 1 > maxProperties ? [] : [[...pair, taken.rest]]),
        ...(property.required ? [] : [[skipped.atLeastOne]]),
      ]);
      return { atLeastOne, rest: restOf(atLeastOne, written, mayEnd) };
    });
  }

  function restOf(atLeastOne: Rule, written: number, mayEnd: boolean): Rule {
    const end = mayEnd && written >= minProperties ? [[]] : [];
    return grammar.add(hint, [[",", json.space, atLeastOne], ...end]);
  }
}
