import fc from "fast-check";
import type { Json } from "./json.js";
import { mutate, mutations } from "./mutation.js";

/** Valid bodies with one to three changes. */
export function mutatedBody(bodies: readonly Json[], fieldNames: readonly string[]): fc.Arbitrary<Json> {
  return fc
    .record({
      body: fc.constantFrom(...bodies),
      changes: fc.array(mutations(fieldNames), { minLength: 1, maxLength: 3 }),
    })
    .map(({ body, changes }) => throughJson(changes.reduce(mutate, body)));
}

/** As it arrives: JSON knows no -0, and its parser makes own properties of any name. */
export function throughJson(value: Json): Json {
  return JSON.parse(JSON.stringify(value));
}
