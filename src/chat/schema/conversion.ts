import { type Alternatives, Grammar, type Rule } from "../grammar/grammar.js";
import { JsonRules } from "../grammar/json-rules.js";
import { addArray } from "./array-rules.js";
import type { Branch } from "./branch.js";
import { Branches } from "./branches.js";
import type { JsonType } from "./json-type.js";
import { addNumber } from "./number-rules.js";
import { addObject, maxCounted } from "./object-rules.js";
import type { ObjectShape, Property, PropertyKind } from "./object-shape.js";
import { keyword, type Place } from "./place.js";
import type { Shapes } from "./shapes.js";
import { StringRules } from "./string-rules.js";
import { anyString, type StringShape } from "./string-shape.js";

/** More is no grammar that a sampler should walk through for every token. */
const maxRules = 40_000;

/** A sampler compares every token of the vocabulary with each way to go on: half a millisecond for each of them. */
const maxWidth = 256;

/** The schemas that a value has to satisfy, and what rules for it are called. */
interface Asked {
  readonly places: readonly Place[];
  readonly hint: string;
}

/** Makes the grammar of one schema: a rule for each combination of its places that a value has to satisfy. */
export class Conversion {
  readonly #shapes: Shapes;
  readonly #branches: Branches;
  readonly #grammar = new Grammar();
  readonly #json = new JsonRules(this.#grammar);
  readonly #strings = new StringRules(this.#grammar, this.#json);
  /** By the keys of the places. */
  readonly #rules = new Map<string, Rule>();
  readonly #undefined: { readonly rule: Rule; readonly asked: Asked }[] = [];

  constructor(shapes: Shapes) {
    this.#shapes = shapes;
    this.#branches = new Branches(shapes);
  }

  /** @throws WeirError `invalid_schema` where no value satisfies the schema, or where its grammar would be too large */
  run(objectOnly: boolean): string {
    const { document, findings } = this.#shapes;
    const object = objectOnly ? [document.standIn(document.root, { type: "object" })] : [];
    const root = this.#ruleOf([document.root, ...object]);
    for (let next = this.#undefined.pop(); next !== undefined; next = this.#undefined.pop()) {
      if (this.#grammar.size > maxRules)
        findings.refuse("", "is too complex for a grammar", "Make it simpler");
      this.#grammar.define(next.rule, this.#alternatives(next.asked));
    }
    const printed = this.#grammar.print(root, this.#shapes.work) ?? findings.refuseUnsatisfiable();
    if (printed.width > maxWidth) {
      findings.refuse(
        "",
        `has a place with ${printed.width} ways to go on: the limit is ${maxWidth}`,
        "Make it simpler",
      );
    }
    return printed.gbnf;
  }

  /** The rule of the values that satisfy all these schemas. It is defined later: schemas may be recursive. */
  #ruleOf(places: readonly Place[]): Rule {
    const asked = new Map(places.filter(({ schema }) => schema !== true).map((place) => [place.key, place]));
    const key = JSON.stringify([...asked.keys()].sort());
    const known = this.#rules.get(key);
    if (known !== undefined) return known;
    const [first] = asked.values();
    const hint = first === undefined ? "value" : lastName(first);
    const rule = this.#grammar.reserve(hint);
    this.#rules.set(key, rule);
    this.#undefined.push({ rule, asked: { places: [...asked.values()], hint } });
    return rule;
  }

  #alternatives(asked: Asked): Alternatives {
    const branches = this.#branches.of(asked.places);
    const alternatives = branches.flatMap((branch) =>
      this.#shapes.typesOf(branch).flatMap((type) => this.#ofType(type, branch, asked.hint)),
    );
    const [place] = asked.places;
    if (alternatives.length === 0 && place !== undefined) {
      this.#shapes.findings.unsatisfiable(place, "what is asked of this value contradicts itself");
    }
    return alternatives;
  }

  #ofType(type: JsonType, branch: Branch, hint: string): Alternatives {
    switch (type) {
      case "null":
        return this.#shapes.constants(branch, [null]).map(() => ["null"]);
      case "boolean":
        return this.#shapes.constants(branch, [true, false]).map((value) => [String(value)]);
      case "number":
        return ifAny(this.#number(branch, hint));
      case "string":
        return ifAny(this.#string(this.#shapes.strings(branch), hint));
      case "array":
        return [[this.#array(branch, hint)]];
      case "object":
        return ifAny(this.#object(branch, hint));
    }
  }

  #number(branch: Branch, hint: string): Rule | null {
    const place = branch.members[0] ?? this.#shapes.document.root;
    const asked = { place, findings: this.#shapes.findings, work: this.#shapes.work };
    return addNumber(this.#grammar, this.#json, hint, this.#shapes.numbers(branch), asked);
  }

  #string(shape: StringShape, hint: string): Rule | null {
    return this.#strings.add(this.#shapes.languages.of(shape), hint);
  }

  #array(branch: Branch, hint: string): Rule {
    const { first, rest, minItems, maxItems } = this.#shapes.arrays(branch);
    return addArray(this.#grammar, this.#json, hint, {
      first: first.map((places) => this.#ruleOf(places)),
      rest: rest === null ? null : this.#ruleOf(rest),
      minItems,
      maxItems,
    });
  }

  #object(branch: Branch, hint: string): Rule | null {
    const shape = this.#shapes.objects(branch);
    const names = this.#names(shape);
    const impossible = new Set(shape.properties.filter((property) => !this.#mayBeGiven(property, names)));
    if ([...impossible].some(({ required }) => required)) return null;
    const properties = shape.properties.filter((property) => !impossible.has(property));
    const further = shape.kinds.flatMap((kind) => this.#furtherProperty(kind, shape, names, hint));
    const rule = addObject(this.#grammar, this.#json, hint, {
      properties: properties.map(({ name, required, places }) => ({
        name,
        required,
        value: this.#ruleOf(places),
      })),
      further: further.length === 0 ? null : this.#grammar.add(`${hint}-property`, further),
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
    const ways = this.#branches.of(names).filter((way) => this.#shapes.typesOf(way).includes("string"));
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
      const name = this.#strings.add(names, `${hint}-name`);
      // As llama-server writes it, there is no space before the colon.
      return name === null ? [] : [[name, ":", this.#json.space, this.#ruleOf(kind.places)]];
    });
  }
}

function ifAny(rule: Rule | null): Alternatives {
  return rule === null ? [] : [[rule]];
}

/** The end of a place's pointer: the property's name, mostly. */
function lastName({ pointer }: Place): string {
  const name = pointer.split("/").at(-1) ?? "";
  return name === "#" || name === "" ? "root" : name;
}
