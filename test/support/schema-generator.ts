import { randomNumbers } from "./random.js";

type SchemaObject = { readonly [keyword: string]: unknown };

const patterns = [
  "^[a-z]{2,5}$",
  "^\\d{3}-\\d{2}$",
  "^(red|green|blue)(-dark)?$",
  "^[A-Z][a-z]*( [A-Z][a-z]*)?$",
  "[0-9]$",
  "^#[0-9a-f]{6}$",
  '^[^\\s"\\\\]{1,4}$',
  "^v\\d+(\\.\\d+){0,2}$",
  "^(?!x)\\w{1,3}$",
];
const formats = ["date", "time", "date-time", "uuid", "ipv4", "email"];
const names = ["id", "name", "tags", "größe", 'quo"te', "back\\slash", "a b", "x-y", "1", "next"];
const words = ["north", "south", "up", "down", "é", "", "a\nb", "null"];

/** Schemas at random, the same in every run: small, satisfiable, and such that a grammar holds them to the letter. */
export class SchemaGenerator {
  readonly #random: (below: number) => number;

  constructor(seed: number) {
    this.#random = randomNumbers(seed);
  }

  next(): SchemaObject {
    if (this.#random(5) > 0) return this.#value(2);
    // A recursive one: the definition refers to itself where it may end.
    const node = this.#object(1);
    const self = { anyOf: [{ type: "null" }, { $ref: "#/$defs/node" }] };
    const properties = { ...(node["properties"] as object), next: self };
    return { $ref: "#/$defs/node", $defs: { node: { ...node, properties } } };
  }

  #value(depth: number): SchemaObject {
    const kinds = [
      () => this.#string(),
      () => this.#number(),
      () => this.#integer(),
      () => this.#literals(),
      () => this.#pick([{ type: "boolean" }, { type: "null" }, { type: ["boolean", "null"] }]),
    ];
    const nested = [
      () => this.#object(depth - 1),
      () => this.#array(depth - 1),
      () => this.#union(depth - 1),
      () => this.#tagged(depth - 1),
      () => this.#joined(depth - 1),
    ];
    return this.#pick(depth > 0 && this.#random(3) > 0 ? nested : kinds)();
  }

  #string(): SchemaObject {
    const min = this.#random(3);
    return this.#pick<SchemaObject>([
      { type: "string", maxLength: min + this.#random(6) },
      { type: "string", minLength: min, maxLength: min + this.#random(9) },
      { type: "string", pattern: this.#pick(patterns) },
      { type: "string", format: this.#pick(formats) },
      { type: "string", pattern: "^[a-z]+$", minLength: min, maxLength: min + 1 + this.#random(4) },
    ]);
  }

  #integer(): SchemaObject {
    const low = this.#random(2000) - 1000;
    return this.#pick<SchemaObject>([
      { type: "integer" },
      { type: "integer", minimum: low },
      { type: "integer", exclusiveMaximum: low },
      { type: "integer", minimum: low, maximum: low + this.#random(5000) },
      { type: "integer", multipleOf: 1 + this.#random(20), minimum: low, maximum: low + 100 },
    ]);
  }

  #number(): SchemaObject {
    const low = (this.#random(2000) - 1000) / 8;
    return this.#pick<SchemaObject>([
      { type: "number" },
      { type: "number", minimum: low },
      { type: "number", exclusiveMinimum: low, exclusiveMaximum: low + 0.5 },
      { type: "number", minimum: low, maximum: low + this.#random(100) },
    ]);
  }

  #literals(): SchemaObject {
    const values = [...words, 0, -1.5, 1e21, true, null, { a: [1] }, []];
    const chosen = Array.from({ length: 1 + this.#random(4) }, () => this.#pick(values));
    return chosen.length === 1 ? { const: chosen[0] } : { enum: [...new Set(chosen)] };
  }

  #object(depth: number): SchemaObject {
    const listed = this.#some(names, 3);
    const properties = Object.fromEntries(listed.map((name) => [name, this.#value(depth)]));
    const required = listed.filter(() => this.#random(2) === 0);
    const additional = [{}, { additionalProperties: false }, { additionalProperties: this.#value(0) }];
    const counted = this.#random(4) === 0 ? { minProperties: Math.min(1, listed.length) } : {};
    return { type: "object", properties, required, ...this.#pick(additional), ...counted };
  }

  #array(depth: number): SchemaObject {
    const min = this.#random(2);
    const items = this.#value(depth);
    return this.#pick<SchemaObject>([
      { type: "array", items, maxItems: min + 1 },
      { type: "array", items, minItems: min, maxItems: min + this.#random(3) },
      { type: "array", prefixItems: [items, this.#value(0)], items: false },
      { type: "array", prefixItems: [items], items: this.#value(0), maxItems: 3 },
    ]);
  }

  #union(depth: number): SchemaObject {
    const alternatives = [this.#value(depth), this.#string(), this.#object(0)];
    return { anyOf: alternatives.slice(0, 2 + this.#random(2)) };
  }

  /** Alternatives that a property tells apart. */
  #tagged(depth: number): SchemaObject {
    const alternatives = this.#some(["cat", "dog", "bird"], 3).map((kind) => ({
      type: "object",
      properties: { kind: { const: kind }, value: this.#value(depth) },
      required: ["kind"],
    }));
    return alternatives.length === 0 ? { type: "null" } : { oneOf: alternatives };
  }

  #joined(depth: number): SchemaObject {
    const [one, other] = [this.#value(depth), this.#value(0)];
    return {
      allOf: [
        { type: "object", properties: { one }, required: ["one"] },
        { properties: { other }, ...this.#pick([{}, { required: ["other"] }]) },
      ],
    };
  }

  #pick<T>(from: readonly T[]): T {
    return from[this.#random(from.length)] as T; // the index is below the length
  }

  #some<T>(from: readonly T[], most: number): T[] {
    const chosen = from.filter(() => this.#random(from.length) < most);
    return chosen.slice(0, most);
  }
}
