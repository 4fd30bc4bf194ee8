import fc from "fast-check";
import type { Json } from "./json.js";
import { mutate, mutations } from "./mutation.js";

/** Valid bodies with one to three changes, mostly one: two rarely leave anything to accept. */
export function mutatedBody(bodies: readonly Json[], fieldNames: readonly string[]): fc.Arbitrary<Json> {
  const change = mutations(fieldNames);
  const changes = fc.oneof(
    { weight: 6, arbitrary: fc.tuple(change) },
    { weight: 3, arbitrary: fc.tuple(change, change) },
    { weight: 1, arbitrary: fc.tuple(change, change, change) },
  );
  return fc
    .record({ body: fc.constantFrom(...bodies), changes })
    .map(({ body, changes }) => throughJson(changes.reduce<Json>(mutate, body)));
}

/** As it arrives: JSON knows no -0, and its parser makes own properties of any name. */
export function throughJson(value: Json): Json {
  return JSON.parse(JSON.stringify(value));
}
