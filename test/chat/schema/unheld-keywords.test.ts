import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { schemaToGrammar } from "#weir/chat/schema/schema-to-grammar.js";
import { WeirError } from "#weir/errors.js";
import { Gbnf } from "../../support/gbnf.js";
import type { JsonSchema } from "../../support/schema-corpus.js";

const at = "tools[0].function.parameters";

/** Schemas with one keyword that no grammar holds: where it is, and what passes if it is left out. */
const cases: readonly (readonly [pointer: string, schema: JsonSchema, passes: string])[] = [
  ["#/multipleOf", { type: "number", multipleOf: 0.01 }, "0.123"],
  ["#/multipleOf", { type: "integer", multipleOf: 1001 }, "5"],
  ["#/minimum", { type: "integer", minimum: 2 ** 53 }, "5"],
  ["#/uniqueItems", { type: "array", items: { type: "null" }, uniqueItems: true }, "[null,null]"],
  ["#/contains", { type: "array", contains: { const: 1 } }, "[2]"],
  ["#/pattern", { type: "string", pattern: "(a)\\1" }, '"ab"'],
  ["#/pattern", { type: "string", pattern: "(" }, '"x"'],
  ["#/format", { type: "string", format: "regex" }, '"("'],
  ["#/$ref", { $ref: "https://example.com/schema.json" }, "5"],
  ["#/$ref", { $ref: "#/$defs/none" }, "5"],
  ["#/$dynamicRef", { $dynamicRef: "#node" }, "5"],
  ["#/not", { type: "string", not: { format: "date" } }, '"2026-01-01"'],
  ["#/oneOf", { oneOf: [{ format: "date" }, { format: "time" }] }, '"2026-01-01"'],
  [
    "#/minProperties",
    { type: "object", additionalProperties: { type: "null" }, minProperties: 2 },
    '{"a":null}',
  ],
  ["#/type", { type: "strnig" }, "5"],
  ["#/minLength", { type: "string", minLength: "3" }, '"a"'],
  ["#/required", { type: "object", properties: {}, required: true }, "{}"],
  ["#/properties/a~1b", { type: "object", properties: { "a/b": 7 } }, '{"a/b":5}'],
  [
    "#/items/properties/x/format",
    { type: "array", items: { properties: { x: { format: "odd" } } } },
    '[{"x":"?"}]',
  ],
];

describe("a keyword that no grammar holds", () => {
  for (const [pointer, schema, passes] of cases) {
    const { [pointer.split("/").at(-1) ?? ""]: keyword } = Object(schema);
    test(`is refused by a strict schema and reported by any other: ${pointer} ${JSON.stringify(keyword) ?? ""}`, () => {
      assert.throws(
        () => schemaToGrammar(schema, at, { isStrict: true }),
        (error) =>
          error instanceof WeirError &&
          error.code === "invalid_schema" &&
          error.status === 400 &&
          error.param === at &&
          error.message.startsWith(`${at}${pointer} can't be enforced: `),
      );
      const { grammar, warnings } = schemaToGrammar(schema, at, { isStrict: false });
      assert.deepEqual(
        warnings.map((warning) => warning.split(" ")[0]),
        [`${at}${pointer}`],
      );
      assert.ok(new Gbnf(grammar).accepts(passes));
    });
  }
});

test("what only describes is left out without a word", () => {
  const schema = {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    $id: "https://example.com/a",
    $comment: "c",
    title: "T",
    description: "D",
    default: 7,
    examples: [1],
    deprecated: true,
    readOnly: true,
    contentMediaType: "text/plain",
    "x-order": 3,
    $defs: { unused: { pattern: "(" } },
    type: "string",
  };
  assert.deepEqual(schemaToGrammar(schema, at, { isStrict: true }).warnings, []);
});

test("an unknown format with a pattern beside it is the pattern's name", () => {
  const schema = { type: "string", format: "nanoid", pattern: "^[a-z]$" };
  assert.deepEqual(schemaToGrammar(schema, at, { isStrict: true }).warnings, []);
});

test("a keyword is reported once, however often it is met", () => {
  const schema = {
    $defs: { d: { type: "string", format: "odd" } },
    anyOf: [{ $ref: "#/$defs/d" }, { items: { $ref: "#/$defs/d" } }],
  };
  assert.equal(schemaToGrammar(schema, at, { isStrict: false }).warnings.length, 1);
});
