import type { Grammar } from "../grammar/grammar.js";
import type { JsonRules } from "../grammar/json-rules.js";
import type { Alternatives, Rule } from "../grammar/rule.js";
import type { Branch } from "./branch.js";
import type { Branches } from "./branches.js";
import { addObject, maxCounted } from "./object-rules.js";
import type { ObjectShape, Property, PropertyKind } from "./object-shape.js";
import { keyword, type Place } from "./place.js";
import type { Shapes } from "./shapes.js";
import type { StringRules } from "./string-rules.js";
import { anyString, type StringShape } from "./string-shape.js";

/** What the rules of objects are made with. */
interface Parts {
  readonly branches: Branches;
  readonly grammar: Grammar;
  readonly json: JsonRules;
  readonly strings: StringRules;
  /** The rule of the values that satisfy all these schemas. */
  ruleOf(places: readonly Place[]): Rule;
}

/** Makes the rules of objects: which properties there may be, under which names, with which values. */
export class ObjectConversion {
  readonly #shapes: Shapes;
  readonly #parts: Parts;

  constructor(shapes: Shapes, parts: Parts) {
    this.#shapes = shapes;
    this.#parts = parts;
  }

  /** The rule of a branch's objects; null where there are none. */
  add(branch: Branch, hint: string): Rule | null {
    const shape = this.#shapes.objects(branch);
    const names = this.#names(shape);
    const impossible = new Set(shape.properties.filter((property) => !this.#mayBeGiven(property, names)));
    if ([...impossible].some(({ required }) => required)) return null;
    const properties = shape.properties.filter((property) => !impossible.has(property));
    const further = shape.kinds.flatMap((kind) => this.#furtherProperty(kind, shape, names, hint));
    const rule = addObject(this.#parts.grammar, this.#parts.json, hint, {
      properties: properties.map(({ name, required, places }) => ({
        name,
        required,
        value: this.#parts.ruleOf(places),
      })),
      further: further.length === 0 ? null : this.#parts.grammar.add(`${hint}-property`, further),
      minProperties: this.#heldMinimum(branch, shape, properties.length + Math.min(further.length, 1)),
      maxProperties: shape.maxProperties,
    });
    return rule ?? this.#refuseCounting(branch);
  }

  /** Further properties may repeat a name: no grammar can tell, so that only one of them is sure to be one more. */
  #heldMinimum({ members }: Branch, { minProperties, kinds }: ObjectShape, most: number): number {
    if (minProperties <= most || kinds.length === 0) return minProperties;
    const place = members.find((member) => keyword(member, "minProperties") === minProperties);
    const reason = `a grammar can't see that names differ, so that ${most} is the most that is sure here`;
    if (place !== undefined) this.#shapes.findings.unheld(place, "minProperties", reason);
    return most;
  }

  #refuseCounting({ members }: Branch): never {
    this.#shapes.findings.refuse(
      members[0]?.pointer ?? "#",
      `has too many properties to count them: their number times the limit is above ${maxCounted}`,
      "Leave minProperties and maxProperties out",
    );
  }

  /** The strings that names may be; null where they may be any. */
  #names({ names }: ObjectShape): readonly StringShape[] | null {
    if (names.length === 0) return null;
    const ways = this.#parts.branches.of(names).filter((way) => this.#shapes.typesOf(way).includes("string"));
    return ways.map((way) => this.#shapes.strings(way));
  }

  /** Whether its name is allowed and its value is not refused outright. */
  #mayBeGiven({ name, places }: Property, names: readonly StringShape[] | null): boolean {
    const { languages } = this.#shapes;
    if (places.some(({ schema }) => schema === false)) return false;
    return names === null || names.some((shape) => languages.includes(languages.of(shape), name));
  }

  /** A name of the kind, a colon and a value. */
  #furtherProperty(
    kind: PropertyKind,
    shape: ObjectShape,
    shapes: readonly StringShape[] | null,
    hint: string,
  ): Alternatives {
    const listed = shape.properties.map(({ name }) => name);
    return (shapes ?? [anyString]).flatMap((asked) => {
      const names = this.#shapes.languages.of({
        ...asked,
        patterns: [...asked.patterns, ...kind.matching],
        notPatterns: kind.notMatching,
        excluded: [...asked.excluded, ...listed],
      });
      const name = this.#parts.strings.add(names, `${hint}-name`);
      // As llama-server writes it, there is no space before the colon.
      return name === null ? [] : [[name, ":", this.#parts.json.space, this.#parts.ruleOf(kind.places)]];
    });
  }
}
