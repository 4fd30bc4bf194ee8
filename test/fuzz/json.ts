export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** Where a value stands: `parent[key]`. */
export interface Place {
  readonly parent: Json[] | { [key: string]: Json };
  readonly key: string | number;
  readonly value: Json;
}

/** Every place of a value, outermost first; the value itself is the first one, in a holder. */
export function placesOf(value: Json): Place[] {
  const places: Place[] = [{ parent: { root: value }, key: "root", value }];
  // Grows while it is walked.
  for (const { value: parent } of places) {
    if (typeof parent !== "object" || parent === null) continue;
    for (const key of Object.keys(parent)) {
      const index = Array.isArray(parent) ? Number(key) : key;
      places.push({ parent, key: index, value: Reflect.get(parent, key) });
    }
  }
  return places;
}

/** An own property whatever its name is: assigning to `__proto__` would not make one. */
export function setOwn(parent: object, key: string | number, value: Json): void {
  Object.defineProperty(parent, key, { value, writable: true, enumerable: true, configurable: true });
}
