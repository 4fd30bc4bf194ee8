export type SchemaObject = { readonly [keyword: string]: unknown };
export type Schema = SchemaObject | boolean;

/** A schema and where it stands. */
export interface Place {
  readonly schema: Schema;
  /** Where the client finds it: `#/properties/x`. */
  readonly pointer: string;
  /** Different for different schemas, also for those that stand for another at the same pointer. */
  readonly key: string;
  /** It spells a constant out: its keywords are not the client's, so that they don't count as naming properties or items. */
  readonly isConstant?: true;
}

/** A keyword's value; undefined where the schema does not have it. */
export function keyword({ schema }: Place, name: string): unknown {
  return typeof schema === "object" && Object.hasOwn(schema, name) ? schema[name] : undefined;
}

export function isObject(value: unknown): value is SchemaObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** What of a longer one is shown: enough to find the place by. */
const shownPointer = { first: 60, last: 40 };

/** A pointer for a message: its beginning and its end, where it is long. */
export function shortPointer(pointer: string): string {
  const { first, last } = shownPointer;
  if (pointer.length <= first + last) return pointer;
  return `${pointer.slice(0, first).toWellFormed()}…${pointer.slice(-last).toWellFormed()}`;
}

/** `/properties/a~1b` for "properties" and "a/b". */
export function pointerOf(...tokens: readonly (string | number)[]): string {
  return tokens.map((token) => `/${String(token).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
}
