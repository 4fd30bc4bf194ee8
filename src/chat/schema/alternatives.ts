import type { Work } from "../automaton/work.js";
import { type Branch, everything, joinBranches, type Rejection } from "./branch.js";
import type { Findings } from "./findings.js";
import { literalsOf, typeOf } from "./json-type.js";
import { isStrings, type Keywords } from "./keywords.js";
import { keyword, type Place, type SchemaObject } from "./place.js";
import type { SchemaDocument } from "./schema-document.js";
import { restrictionsOf } from "./unevaluated.js";

/** More ways to satisfy one schema are refused: each becomes an alternative of a rule. */
export const maxBranches = 1000;

/** How many schemas may stand for each other in a row, by `$ref` and the like, before a value gets inside of them. */
const maxTrail = 100;

/** Keywords of validators alone: what they mean depends on where a reference came from. */
const dynamicReferences = ["$dynamicRef", "$recursiveRef"];

/**
 * The ways to satisfy schemas: whatever a schema says by `$ref`, `allOf`, `anyOf`, `oneOf`, `if` and the like is multiplied
 * out, so that each branch is a list of schemas whose remaining keywords all hold.
 */
export class Alternatives {
  readonly #document: SchemaDocument;
  readonly #keywords: Keywords;
  readonly #findings: Findings;
  readonly #work: Work;
  /** By the keys of the places. */
  readonly #known = new Map<string, readonly Branch[]>();

  constructor(document: SchemaDocument, keywords: Keywords, findings: Findings, work: Work) {
    this.#document = document;
    this.#keywords = keywords;
    this.#findings = findings;
    this.#work = work;
  }

  /** The ways to satisfy all of them; what must not hold is listed and not yet looked at. */
  of(places: readonly Place[]): readonly Branch[] {
    const key = JSON.stringify(places.map((place) => place.key));
    const known = this.#known.get(key) ?? this.#all(places.map((place) => this.#ofPlace(place, [])));
    this.#known.set(key, known);
    return known;
  }

  #ofPlace(place: Place, trail: readonly string[]): readonly Branch[] {
    const { schema, key, pointer } = place;
    if (typeof schema === "boolean") return schema ? [everything] : [];
    if (trail.includes(key))
      this.#findings.refuse(pointer, "refers to itself without a value in between", "Break the circle");
    if (trail.length >= maxTrail)
      this.#findings.refuse(pointer, `stands behind ${maxTrail} references in a row`, "Take some out");
    const inner = [...trail, key];
    const own: Branch = { ...everything, members: [place] };
    const branches = this.#all([
      [own],
      ...this.#references(place, inner),
      ...this.#listed(place, "allOf").map((child) => this.#ofPlace(child, inner)),
      ...this.#choices(place, inner),
      ...this.#conditions(place, inner),
      ...this.#dependencies(place, inner),
      ...this.#compositeLiterals(place, inner),
    ]);
    return branches.map((branch) => {
      const nothingElse = restrictionsOf(place, branch.members).map((schema) =>
        this.#document.standIn(place, schema),
      );
      return joinBranches(branch, { ...everything, members: nothingElse });
    });
  }

  #references(place: Place, trail: readonly string[]): readonly (readonly Branch[])[] {
    for (const name of dynamicReferences) {
      if (keyword(place, name) !== undefined)
        this.#findings.unheld(place, name, "it is not supported; use $ref");
    }
    if (keyword(place, "$ref") === undefined) return [];
    const target = this.#document.target(place);
    return target === null ? [] : [this.#ofPlace(target, trail)];
  }

  #choices(place: Place, trail: readonly string[]): readonly (readonly Branch[])[] {
    const any = this.#listed(place, "anyOf");
    const one = this.#listed(place, "oneOf");
    const exactlyOne = one.flatMap((chosen) => {
      const others = one.filter((other) => other !== chosen);
      return this.#ofPlace(chosen, trail).map((branch) => rejecting(branch, others, place, "oneOf"));
    });
    return [
      ...(any.length === 0 ? [] : [any.flatMap((child) => this.#ofPlace(child, trail))]),
      ...(one.length === 0 ? [] : [exactlyOne]),
    ];
  }

  /** `not`, and `if` with `then` and `else`. */
  #conditions(place: Place, trail: readonly string[]): readonly (readonly Branch[])[] {
    const parts: (readonly Branch[])[] = [];
    if (keyword(place, "not") !== undefined) {
      parts.push([rejecting(everything, [this.#document.child(place, "not")], place, "not")]);
    }
    const consequences = ["then", "else"].filter((name) => keyword(place, name) !== undefined);
    if (keyword(place, "if") === undefined || consequences.length === 0) return parts;
    const condition = this.#document.child(place, "if");
    const [yes, no] = ["then", "else"].map((name) =>
      consequences.includes(name) ? this.#ofPlace(this.#document.child(place, name), trail) : [everything],
    );
    const holds = this.#all([this.#ofPlace(condition, trail), yes ?? []]);
    const fails = (no ?? []).map((branch) => rejecting(branch, [condition], place, "if"));
    return [...parts, [...holds, ...fails]];
  }

  /** Either the property is absent, or it is there and what depends on it holds. */
  #dependencies(place: Place, trail: readonly string[]): readonly (readonly Branch[])[] {
    return ["dependentRequired", "dependentSchemas", "dependencies"].flatMap((name) =>
      Object.entries(this.#keywords.object(place, name) ?? {}).map(([property, needed]) => {
        const names = isStrings(needed) ? needed : [];
        const present = { type: "object", required: [property, ...names] };
        const schemas = isStrings(needed) ? [] : [this.#document.child(place, name, property)];
        const dependent = [this.#document.standIn(place, present), ...schemas];
        return [
          ...this.#ofPlace(this.#document.standIn(place, without(property)), trail),
          ...this.#all(dependent.map((each) => this.#ofPlace(each, trail))),
        ];
      }),
    );
  }

  /** Objects and arrays in `const` and `enum`, each as a schema that only it satisfies. */
  #compositeLiterals(place: Place, trail: readonly string[]): readonly (readonly Branch[])[] {
    const values = literalsOf(place) ?? [];
    const composites = values.filter(isComposite);
    if (composites.length === 0) return [];
    const types = [...new Set(values.filter((value) => !isComposite(value)).map(typeOf))];
    const scalars = types.length === 0 ? [] : [this.#document.standIn(place, { type: types })];
    const spelled = composites.map((value) => this.#document.constant(place, schemaOfLiteral(value)));
    return [[...scalars, ...spelled].flatMap((alternative) => this.#ofPlace(alternative, trail))];
  }

  #listed(place: Place, name: string): readonly Place[] {
    const list = this.#keywords.array(place, name) ?? [];
    return list.map((_, index) => this.#document.child(place, name, index));
  }

  /** Every combination of one branch of each part. */
  #all(parts: readonly (readonly Branch[])[]): readonly Branch[] {
    return parts.reduce<readonly Branch[]>(
      (combined, part) => {
        const count = combined.length * part.length;
        if (count > maxBranches) {
          this.#findings.refuseTooComplex(
            `has a part with more than ${maxBranches} combinations of alternatives`,
          );
        }
        if (!this.#work.takeForAlternatives(count)) this.#findings.refuseTooComplex();
        return combined.flatMap((branch) => part.map((other) => joinBranches(branch, other)));
      },
      [everything],
    );
  }
}

function rejecting(branch: Branch, places: readonly Place[], by: Place, name: string): Branch {
  const rejected: readonly Rejection[] = places.map((place) => ({ place, by, keyword: name }));
  return { ...branch, rejected: [...branch.rejected, ...rejected] };
}

/** An object without this property. */
export function without(property: string): SchemaObject {
  return { properties: { [property]: false } };
}

export function isComposite(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

function schemaOfLiteral(value: object): SchemaObject {
  if (Array.isArray(value)) {
    const { length } = value;
    const items = value.map((item) => ({ const: item }));
    return { type: "array", prefixItems: items, items: false, minItems: length, maxItems: length };
  }
  const entries = Object.entries(value);
  const properties = Object.fromEntries(entries.map(([name, member]) => [name, { const: member }]));
  return { type: "object", properties, required: entries.map(([name]) => name), additionalProperties: false };
}
