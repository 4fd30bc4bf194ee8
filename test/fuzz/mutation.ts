import fc from "fast-check";
import { hostileValue } from "./hostile-values.js";
import { type Json, placesOf, setOwn } from "./json.js";

/** One change to a body. `at` picks a place, modulo the number there are. */
export type Mutation =
  | { readonly kind: "replace"; readonly at: number; readonly value: Json }
  | { readonly kind: "remove"; readonly at: number }
  | { readonly kind: "add"; readonly at: number; readonly key: string; readonly value: Json }
  | { readonly kind: "wrap"; readonly at: number; readonly key: string | null }
  | { readonly kind: "copy"; readonly at: number; readonly from: number }
  | { readonly kind: "nudge"; readonly at: number; readonly by: number }
  | { readonly kind: "edit"; readonly at: number; readonly cut: number; readonly text: string };

/** How a number is changed that keeps its kind. */
const nudges: readonly ((value: number) => number)[] = [
  (value) => value + 1,
  (value) => value - 1,
  (value) => value * 2,
  (value) => value / 2,
  (value) => -value,
  (value) => value * 1e6,
];

/** Changes to the fields that an endpoint knows, and to what is in them. */
export function mutations(fieldNames: readonly string[]): fc.Arbitrary<Mutation> {
  const at = fc.nat(200);
  const key = fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(...fieldNames) },
    { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 8 }) },
    { weight: 1, arbitrary: fc.constantFrom("__proto__", "", "type", "index", "0") },
  );
  return fc.oneof(
    { weight: 6, arbitrary: fc.record({ kind: fc.constant("replace"), at, value: hostileValue }) },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant("remove"), at }) },
    {
      weight: 4,
      arbitrary: fc.record({ kind: fc.constant("add"), at: fc.constant(0), key, value: hostileValue }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant("add"), at, key, value: hostileValue }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant("wrap"), at, key: fc.option(key) }) },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant("copy"), at, from: at }) },
    { weight: 5, arbitrary: fc.record({ kind: fc.constant("nudge"), at, by: fc.nat(nudges.length - 1) }) },
    {
      weight: 3,
      arbitrary: fc.record({
        kind: fc.constant("edit"),
        at,
        cut: fc.nat(100),
        text: fc.string({ unit: "binary", maxLength: 3 }),
      }),
    },
  );
}

export function mutate(body: Json, mutation: Mutation): Json {
  const holder = { root: structuredClone(body) };
  const places = placesOf(holder.root);
  const [root] = places;
  const place = places[mutation.at % places.length];
  if (place === undefined || root === undefined) return body;
  const put = (value: Json): void => setOwn(place === root ? holder : place.parent, place.key, value);
  switch (mutation.kind) {
    case "replace":
      put(mutation.value);
      break;
    case "remove":
      if (Array.isArray(place.parent)) place.parent.splice(Number(place.key), 1);
      else if (place !== root) delete place.parent[place.key];
      break;
    case "add":
      if (Array.isArray(place.value)) place.value.push(mutation.value);
      else if (typeof place.value === "object" && place.value !== null)
        setOwn(place.value, mutation.key, mutation.value);
      break;
    case "wrap":
      put(mutation.key === null ? [place.value] : { [mutation.key]: place.value });
      break;
    case "copy":
      put(structuredClone(places[mutation.from % places.length]?.value ?? null));
      break;
    case "nudge":
      put(nudged(place.value, mutation.by));
      break;
    case "edit":
      put(typeof place.value === "string" ? edited(place.value, mutation) : [place.value, mutation.text]);
      break;
  }
  return holder.root;
}

/** Something near, of the same type. */
function nudged(value: Json, by: number): Json {
  if (typeof value === "number") return nudges[by]?.(value) ?? value;
  if (typeof value === "boolean") return !value;
  if (typeof value === "string") return by % 2 === 0 ? value + value : value.slice(1);
  if (Array.isArray(value)) return by % 2 === 0 ? value.toReversed() : value.slice(1);
  return value;
}

/** A text with one of its letters replaced. */
function edited(value: string, { cut, text }: { readonly cut: number; readonly text: string }): string {
  const at = value === "" ? 0 : cut % value.length;
  return value.slice(0, at) + text + value.slice(at + 1);
}
