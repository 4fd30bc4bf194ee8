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

/** `/properties/a~1b` for "properties" and "a/b". */
export function pointerOf(...tokens: readonly (string | number)[]): string {
  return tokens.map((token) => `/${String(token).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
}
