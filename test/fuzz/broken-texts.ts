import fc from "fast-check";
import type { Json } from "./json.js";

interface Edit {
  readonly at: number;
  readonly cut: number;
  readonly inserted: string;
}

/** The JSON of bodies with one or two small edits, mostly no JSON any more. */
export function brokenTexts(bodies: readonly Json[]): fc.Arbitrary<string> {
  const edit = fc.record({
    at: fc.nat(2_000),
    cut: fc.nat(3),
    inserted: fc.constantFrom("", ...'{}[]",:\\0e-\n'),
  });
  return fc
    .record({ body: fc.constantFrom(...bodies), edits: fc.array(edit, { minLength: 1, maxLength: 2 }) })
    .map(({ body, edits }) => edits.reduce(edited, JSON.stringify(body)));
}

function edited(text: string, { at, cut, inserted }: Edit): string {
  const start = at % text.length;
  return text.slice(0, start) + inserted + text.slice(start + cut);
}
