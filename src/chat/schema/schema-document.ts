import type { Findings } from "./findings.js";
import { isObject, keyword, type Place, pointerOf, type Schema } from "./place.js";

const limits = { bytes: 100_000, nodes: 5_000, depth: 64 };

/** A JSON schema as the client sent it, and the places in it. */
export class SchemaDocument {
  readonly root: Place;
  readonly #findings: Findings;
  /** Schemas with an `$anchor`, by its name. */
  readonly #anchors = new Map<string, Place>();
  readonly #standIns = new Map<string, Place>();
  /** A schema inside has an `$id` of its own: references in it may mean other places than they seem to. */
  #hasOtherIds = false;

  /** @throws WeirError `invalid_schema` where it is no schema, or too large */
  constructor(schema: unknown, findings: Findings) {
    this.#findings = findings;
    if (!isSchema(schema)) findings.refuse("", "must be a JSON schema", "Send an object, true or false");
    this.root = { schema, pointer: "#", key: "#" };
    this.#survey(schema);
  }

  /** The schema inside a place: `child(place, "properties", "x")`. What is no schema is reported and taken for `true`. */
  child(place: Place, ...tokens: readonly (string | number)[]): Place {
    let value: unknown = place.schema;
    for (const token of tokens) value = memberOf(value, token);
    const suffix = pointerOf(...tokens);
    const [pointer, key] = [place.pointer + suffix, place.key + suffix];
    if (isSchema(value)) return { schema: value, pointer, key };
    const wrong: Place = { schema: true, pointer, key: `${key} as true` };
    this.#findings.unheld(wrong, "", "it is no schema (an object, true or false)");
    return wrong;
  }

  /** A schema that stands in for the one at a place: a part of it, or what follows from it. */
  standIn({ pointer, key }: Place, schema: Schema): Place {
    const name = `${key} as ${JSON.stringify(schema)}`;
    const known = this.#standIns.get(name);
    if (known !== undefined) return known;
    // A short key: those of the schemas inside begin with it.
    const place = { schema, pointer, key: `#as ${this.#standIns.size}` };
    this.#standIns.set(name, place);
    return place;
  }

  /** A stand-in that only an object or an array satisfies which the place names as a constant. */
  constant(place: Place, schema: Schema): Place {
    return { ...this.standIn(place, schema), isConstant: true };
  }

  /** The place that a `$ref` means; null, and reported, where it can't be found. */
  target(place: Place): Place | null {
    const reference = keyword(place, "$ref");
    const found = typeof reference === "string" ? this.#find(reference) : "it must be a string";
    if (typeof found !== "string") return found;
    this.#findings.unheld(place, "$ref", found);
    return null;
  }

  #find(reference: string): Place | string {
    if (this.#hasOtherIds) return "a schema inside has an $id of its own, which is not supported beside $ref";
    const id = keyword(this.root, "$id");
    const local =
      typeof id === "string" && reference.startsWith(`${id}#`) ? reference.slice(id.length) : reference;
    if (!local.startsWith("#"))
      return `only references into the schema itself (#/…) are followed, not ${reference}`;
    const fragment = decoded(local.slice(1));
    if (fragment === null) return `${reference} is not percent-encoded as it should be`;
    if (fragment === "") return this.root;
    if (!fragment.startsWith("/")) return this.#anchors.get(fragment) ?? `there is no $anchor ${fragment}`;
    const tokens = fragment
      .slice(1)
      .split("/")
      .map((token) => token.replaceAll("~1", "/").replaceAll("~0", "~"));
    let value: unknown = this.root.schema;
    for (const token of tokens) value = memberOf(value, token);
    if (!isSchema(value)) return `there is no schema at ${reference}`;
    const pointer = `#${pointerOf(...tokens)}`;
    return { schema: value, pointer, key: pointer };
  }

  /** Looks at everything once, without recursion: a hostile schema is deep. */
  #survey(schema: Schema): void {
    const stack: { readonly value: unknown; readonly pointer: string; readonly depth: number }[] = [];
    stack.push({ value: schema, pointer: "#", depth: 1 });
    let nodes = 0;
    for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
      const { value, pointer, depth } = next;
      if (typeof value === "string") this.#checkText(pointer, value);
      if (typeof value !== "object" || value === null) continue;
      if (depth > limits.depth) {
        this.#findings.refuse(pointer, `nests deeper than ${limits.depth} levels`, "Make it flatter");
      }
      if (++nodes > limits.nodes) {
        this.#findings.refuseTooComplex(`has more than ${limits.nodes} objects and arrays`);
      }
      if (isObject(value)) this.#noteNames(value, pointer);
      for (const [name, member] of Object.entries(value)) {
        this.#checkText(pointer, name);
        stack.push({ value: member, pointer: pointer + pointerOf(name), depth: depth + 1 });
      }
    }
    const bytes = Buffer.byteLength(JSON.stringify(schema));
    if (bytes > limits.bytes) {
      this.#findings.refuseTooComplex(`has ${bytes} bytes as JSON: the limit is ${limits.bytes}`);
    }
  }

  #noteNames(schema: { readonly [name: string]: unknown }, pointer: string): void {
    const { $anchor, $id } = schema;
    if (typeof $anchor === "string") this.#anchors.set($anchor, { schema, pointer, key: pointer });
    if (typeof $id !== "string" || pointer === "#") return;
    // Before draft 2019-09 an anchor was an $id of this kind.
    if ($id.startsWith("#")) this.#anchors.set($id.slice(1), { schema, pointer, key: pointer });
    else this.#hasOtherIds = true;
  }

  /** Half a surrogate pair is no character: neither a pattern nor a token can stand for it. */
  #checkText(pointer: string, text: string): void {
    if (!text.isWellFormed())
      this.#findings.refuse(pointer, "has half of a surrogate pair in a text", "Take it out");
  }
}

function isSchema(value: unknown): value is Schema {
  return typeof value === "boolean" || isObject(value);
}

function memberOf(value: unknown, token: string | number): unknown {
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, token)) return undefined;
  return (value as { readonly [name: string | number]: unknown })[token]; // an own property, as was just checked
}

function decoded(fragment: string): string | null {
  try {
    return decodeURIComponent(fragment);
  } catch {
    return null;
  }
}
