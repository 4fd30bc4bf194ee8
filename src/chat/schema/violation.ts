import type { Branch } from "./branch.js";
import type { JsonType } from "./json-type.js";
import { inShape, type NumberShape } from "./number-shape.js";
import type { Place } from "./place.js";
import type { Shapes } from "./shapes.js";

/** How far into properties and items it looks for a difference. */
const maxDepth = 4;
/** Of Work, for a comparison. */
const comparisonUnits = 12;

/**
 * Tells whether every value that the grammar gives for a branch violates a schema, so that nothing needs to be done about a
 * `oneOf` or a `not`. True is certain; false only says that no reason was found.
 *
 * The two sides differ: a branch's values are what its grammar gives, of the types that its keywords hint at and without
 * properties that nobody listed. The schema stands for all that JSON Schema lets pass.
 */
export class Violations {
  readonly #shapes: Shapes;

  constructor(shapes: Shapes) {
    this.#shapes = shapes;
  }

  isCertain(branch: Branch, place: Place): boolean {
    return this.#allApart([branch], [place], 0);
  }

  #allApart(branches: readonly Branch[], places: readonly Place[], depth: number): boolean {
    const others = this.#shapes.alternatives.of(places);
    return branches.every((branch) => others.every((other) => this.#areApart(branch, other, depth)));
  }

  #areApart(branch: Branch, other: Branch, depth: number): boolean {
    if (depth > maxDepth || !this.#shapes.work.takeForAlternatives(comparisonUnits)) return false;
    const allowed = this.#shapes.declaredTypesOf(other);
    return this.#shapes
      .typesOf(branch)
      .filter((type) => allowed.includes(type))
      .every((type) => this.#areApartAs(type, branch, other, depth));
  }

  #areApartAs(type: JsonType, branch: Branch, other: Branch, depth: number): boolean {
    switch (type) {
      case "null":
        return this.#constantsApart(branch, other, [null]);
      case "boolean":
        return this.#constantsApart(branch, other, [true, false]);
      case "number":
        return numbersApart(this.#shapes.numbers(branch), this.#shapes.numbers(other));
      case "string":
        return this.#stringsApart(branch, other);
      case "array":
        return this.#arraysApart(branch, other, depth);
      case "object":
        return this.#objectsApart(branch, other, depth);
    }
  }

  #constantsApart<T>(branch: Branch, other: Branch, values: readonly T[]): boolean {
    const allowed = this.#shapes.constants(other, values);
    return this.#shapes.constants(branch, values).every((value) => !allowed.includes(value));
  }

  #stringsApart(branch: Branch, other: Branch): boolean {
    const [ours, shape] = [this.#shapes.strings(branch), this.#shapes.strings(other)];
    if (ours.only?.every((text) => shape.only?.includes(text) === false)) return true;
    // The pattern of a format here takes less than the format does.
    const patterns = shape.patterns.filter(({ keyword }) => keyword !== "format");
    const { languages } = this.#shapes;
    return languages.areApart(languages.of(ours), languages.of({ ...shape, patterns }));
  }

  #arraysApart(branch: Branch, other: Branch, depth: number): boolean {
    const [ours, theirs] = [this.#shapes.arrays(branch), this.#shapes.arrays(other)];
    return Array.from({ length: Math.min(ours.minItems, maxDepth) }).some((_, index) => {
      const theirItem = theirs.first[index] ?? (theirs.first.length === 0 ? theirs.rest : null);
      const ourItem = ours.first[index] ?? ours.rest;
      return ourItem !== null && theirItem !== null && this.#valuesApart(ourItem, theirItem, depth);
    });
  }

  #objectsApart(branch: Branch, other: Branch, depth: number): boolean {
    const [ours, theirs] = [this.#shapes.objects(branch), this.#shapes.objects(other)];
    const ourProperty = new Map(ours.properties.map((property) => [property.name, property]));
    const neverGiven = theirs.properties.some(({ name, required }) => {
      const own = ourProperty.get(name);
      return required && (own === undefined ? ours.kinds.length === 0 : own.places.some(isFalse));
    });
    if (neverGiven) return true;
    return ours.properties.some(
      ({ name, required, places }) =>
        required && this.#valuesApart(places, this.#shapes.valuesOfProperty(other, name), depth),
    );
  }

  #valuesApart(ours: readonly Place[], theirs: readonly Place[], depth: number): boolean {
    return theirs.length > 0 && this.#allApart(this.#shapes.alternatives.of(ours), theirs, depth + 1);
  }
}

function isFalse({ schema }: Place): boolean {
  return schema === false;
}

function numbersApart(ours: NumberShape, theirs: NumberShape): boolean {
  if (ours.only !== null)
    return ours.only.every((value) => !inShape(value, theirs) || theirs.only?.includes(value) === false);
  if (theirs.only !== null)
    return theirs.only.every((value) => !inShape(value, ours) || ours.excluded.includes(value));
  return isBelow(ours, theirs) || isBelow(theirs, ours);
}

function isBelow({ maximum }: NumberShape, { minimum }: NumberShape): boolean {
  if (maximum === null || minimum === null) return false;
  return (
    maximum.value < minimum.value ||
    (maximum.value === minimum.value && (maximum.exclusive || minimum.exclusive))
  );
}
