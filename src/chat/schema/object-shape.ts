import { accepts } from "../automaton/automaton.js";
import type { Branch } from "./branch.js";
import type { Keywords } from "./keywords.js";
import { keyword, type Place, pointerOf } from "./place.js";
import type { SchemaDocument } from "./schema-document.js";
import type { StringLanguages } from "./string-language.js";
import type { Asked } from "./string-shape.js";

/** A property that is named, with all that is asked of its value. */
export interface Property {
  readonly name: string;
  readonly required: boolean;
  readonly places: readonly Place[];
}

/** Properties whose names are not listed but of a kind. */
export interface PropertyKind {
  /** Their names match these, and none of the others; none of them is a listed name. */
  readonly matching: readonly Asked<string>[];
  readonly notMatching: readonly Asked<string>[];
  readonly places: readonly Place[];
}

/** What a branch says of its objects. */
export interface ObjectShape {
  /** In the order in which the schema lists them. */
  readonly properties: readonly Property[];
  readonly kinds: readonly PropertyKind[];
  /** What is asked of every name. */
  readonly names: readonly Place[];
  readonly minProperties: number;
  /** May be Infinity. */
  readonly maxProperties: number;
}

export class ObjectShapes {
  readonly #document: SchemaDocument;
  readonly #keywords: Keywords;
  readonly #languages: StringLanguages;

  constructor(document: SchemaDocument, keywords: Keywords, languages: StringLanguages) {
    this.#document = document;
    this.#keywords = keywords;
    this.#languages = languages;
  }

  of({ members }: Branch): ObjectShape {
    const strings = (name: string) => members.flatMap((member) => this.#keywords.strings(member, name) ?? []);
    const counts = (name: string) => members.flatMap((member) => this.#keywords.count(member, name) ?? []);
    const required = new Set(strings("required"));
    const names = [...new Set([...members.flatMap((member) => this.#listedNames(member)), ...required])];
    const minProperties = Math.max(0, ...counts("minProperties"));
    return {
      properties: names.map((name) => ({
        name,
        required: required.has(name),
        places: members.flatMap((member) => this.valuesOf(member, name)),
      })),
      kinds: this.#kinds(members, minProperties > names.length),
      names: members.flatMap((member) => this.#childIfAny(member, "propertyNames")),
      minProperties,
      maxProperties: Math.min(Number.POSITIVE_INFINITY, ...counts("maxProperties")),
    };
  }

  #listedNames(member: Place): readonly string[] {
    return Object.keys(this.#keywords.object(member, "properties") ?? {});
  }

  #patternsOf(member: Place): readonly Asked<string>[] {
    return Object.keys(this.#keywords.object(member, "patternProperties") ?? {}).map((value) => ({
      place: member,
      keyword: `patternProperties${pointerOf(value)}`,
      value,
    }));
  }

  #childIfAny(member: Place, name: string): readonly Place[] {
    return keyword(member, name) === undefined ? [] : [this.#document.child(member, name)];
  }

  /** What a member asks of the value of a property. */
  valuesOf(member: Place, name: string): readonly Place[] {
    const listed = Object.hasOwn(this.#keywords.object(member, "properties") ?? {}, name)
      ? [this.#document.child(member, "properties", name)]
      : [];
    const matched = this.#patternsOf(member)
      .filter((asked) => this.#matches(asked, name))
      .map(({ value }) => this.#document.child(member, "patternProperties", value));
    const own = [...listed, ...matched];
    return own.length > 0 ? own : this.#childIfAny(member, "additionalProperties");
  }

  #matches(asked: Asked<string>, name: string): boolean {
    const pattern = this.#languages.pattern(asked);
    return pattern !== null && accepts(pattern, name);
  }

  /**
   * Names that match exactly one pattern, for each of the patterns; and names that match none, unless a schema that lists
   * properties says nothing of others: JSON Schema lets them pass, but nobody who lists properties wants a model to invent some.
   */
  #kinds(members: readonly Place[], needsOthers: boolean): readonly PropertyKind[] {
    const patterns = new Map(
      members.flatMap((member) => this.#patternsOf(member).map((asked) => [asked.value, asked])),
    );
    const all = [...patterns.values()].filter((asked) => this.#languages.pattern(asked) !== null);
    const kinds = all.map((asked) => ({
      matching: [asked],
      notMatching: all.filter((other) => other !== asked),
      places: members.flatMap((member) => this.#valuesOfKind(member, asked.value)),
    }));
    const closed = !needsOthers && members.some((member) => this.#isSilentOnOthers(member));
    const places = members.flatMap((member) => this.#childIfAny(member, "additionalProperties"));
    const others = closed ? [] : [{ matching: [], notMatching: all, places }];
    return [...kinds, ...others].filter((kind) => kind.places.every(({ schema }) => schema !== false));
  }

  #valuesOfKind(member: Place, pattern: string): readonly Place[] {
    const own = this.#patternsOf(member).some(({ value }) => value === pattern);
    return own
      ? [this.#document.child(member, "patternProperties", pattern)]
      : this.#childIfAny(member, "additionalProperties");
  }

  /** It lists properties, or has an empty list, and does not mention others. To forbid one is not to list it. */
  #isSilentOnOthers(member: Place): boolean {
    if (keyword(member, "additionalProperties") !== undefined) return false;
    if (keyword(member, "patternProperties") !== undefined) return true;
    const properties = this.#keywords.object(member, "properties");
    if (properties === undefined) return false;
    const schemas = Object.values(properties);
    return schemas.length === 0 || schemas.some((schema) => schema !== false);
  }
}
