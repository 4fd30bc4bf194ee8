import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Work } from "#weir/chat/automaton/work.js";
import { schemaToGrammar } from "#weir/chat/schema/schema-to-grammar.js";
import { WeirError } from "#weir/errors.js";

type SchemaObject = { readonly [keyword: string]: unknown };

function nested(depth: number): SchemaObject {
  return Array.from({ length: depth }).reduce<SchemaObject>((items) => ({ type: "array", items }), {
    type: "null",
  });
}

function listOf<T>(length: number, item: (index: number) => T): T[] {
  return Array.from({ length }, (_, index) => item(index));
}

const refused: readonly (readonly [about: string, schema: unknown, message: RegExp])[] = [
  ["what is no schema", 5, /must be a JSON schema/],
  ["a list", [], /must be a JSON schema/],
  [
    "too many bytes",
    { description: "x".repeat(100_001) },
    /has 100\d\d\d bytes as JSON: the limit is 100000/,
  ],
  ["too many nodes", { anyOf: listOf(5000, () => ({})) }, /more than 5000 objects and arrays/],
  ["too deep a nesting", nested(64), /nests deeper than 64 levels/],
  ["half of a surrogate pair", { const: "\ud800" }, /half of a surrogate pair/],
  ["a reference to itself", { $ref: "#" }, /refers to itself/],
  ["an alternative that is itself", { anyOf: [{ type: "null" }, { $ref: "#" }] }, /refers to itself/],
  ["no schema at all", false, /No finite value/],
  ["a contradiction", { type: "string", enum: [1] }, /No finite value/],
  ["an empty enum", { enum: [] }, /No finite value/],
  ["bounds that leave nothing", { type: "integer", minimum: 5, maximum: 4 }, /No finite value/],
  ["lengths that leave nothing", { type: "string", minLength: 5, maxLength: 4 }, /No finite value/],
  ["a required property that may not be", { required: ["a"], properties: { a: false } }, /No finite value/],
  ["a recursion without an end", { properties: { a: { $ref: "#" } }, required: ["a"] }, /No finite value/],
  [
    "too many combinations",
    { allOf: listOf(6, () => ({ anyOf: listOf(4, (index) => ({ minimum: index })) })) },
    /more than 1000 combinations/,
  ],
  [
    "too many ways to go on",
    { enum: listOf(300, (index) => String.fromCodePoint(0x4e00 + index)) },
    /300 ways to go on: the limit is 256/,
  ],
];

describe("a schema is refused, strict or not, that is or has", () => {
  for (const [about, schema, message] of refused) {
    test(about, () => {
      for (const isStrict of [true, false]) {
        assert.throws(
          () => schemaToGrammar(schema, "schema", { isStrict }),
          (error) =>
            error instanceof WeirError && error.code === "invalid_schema" && message.test(error.message),
        );
      }
    });
  }

  test("tool arguments that can't be an object", () => {
    const options = { isStrict: false, objectOnly: true };
    for (const schema of [{ type: "array" }, { anyOf: [{ type: "string" }, { enum: [1] }] }, false]) {
      const message =
        /^schema takes no object, and the arguments of a call are one\. Give it "type": "object"\.$/;
      assert.throws(() => schemaToGrammar(schema, "schema", options), { message });
    }
  });

  test("tool arguments that are an object without a value", () => {
    const options = { isStrict: false, objectOnly: true };
    const schema = { type: "object", required: ["a"], properties: { a: false } };
    assert.throws(() => schemaToGrammar(schema, "schema", options), /^WeirError: No finite value/);
  });

  test("something far down, whose pointer is shown by its beginning and its end", () => {
    const deep = listOf(70, () => 0).reduce<SchemaObject>(
      (inner) => ({ type: "object", properties: { a_name_of_some_length: inner } }),
      { type: "null" },
    );
    const message =
      /^schema#\/properties\/a_name_of_some_length\/properties\/.{0,40}….{30,40} nests deeper than 64 levels\./;
    assert.throws(() => schemaToGrammar(deep, "schema", { isStrict: false }), { message });
  });
});

describe("hostile schemas cost little", () => {
  const hostile: readonly (readonly [about: string, schema: SchemaObject])[] = [
    [
      "a hundred patterns with as many states as are allowed",
      properties(100, (index) => ({ pattern: `(a|b)*a(a|b){10}c${index}` })),
    ],
    [
      "sixty alternatives that overlap",
      { oneOf: listOf(60, (index) => properties(3, () => ({}), `a${index}`)) },
    ],
    [
      "a hundred and fifty decimal bounds",
      properties(150, (index) => ({ minimum: index / 7, maximum: 1e6 + index / 3 })),
    ],
    ["hundreds of optional properties", properties(400, () => ({ type: "string" }))],
    [
      "a list beside hundreds of alternatives",
      {
        enum: listOf(700, (index) => `value${index * 7919}`),
        anyOf: listOf(400, (index) => ({ minLength: 1 + (index % 9) })),
      },
    ],
    ["counts in the millions", { type: "array", items: { maxLength: 1e8 }, minItems: 1e6, maxItems: 2e6 }],
  ];
  for (const [about, schema] of hostile) {
    test(about, () => {
      const start = process.cpuUsage();
      schemaToGrammar(schema, "schema", { isStrict: false });
      const { user, system } = process.cpuUsage(start);
      assert.ok((user + system) / 1e6 < 4, `${(user + system) / 1e6} s`); // a second or so on an idle machine
    });
  }

  test("a grammar of too many terms is refused before all of them are made", () => {
    const start = process.cpuUsage();
    const schema = {
      enum: listOf(1500, (index) => index * 7919),
      anyOf: listOf(400, (index) => ({ minimum: index * 3 })),
    };
    assert.throws(() => schemaToGrammar(schema, "schema", { isStrict: false }), /is too complex/);
    const { user, system } = process.cpuUsage(start);
    assert.ok((user + system) / 1e6 < 4, `${(user + system) / 1e6} s`);
  });

  test("the schemas of one request share what they may cost", () => {
    const work = new Work();
    const schema = { type: "string", pattern: "(a|b)*a(a|b){10}c" };
    const warned = listOf(
      200,
      () => schemaToGrammar(schema, "schema", { isStrict: false, work }).warnings.length,
    );
    assert.deepEqual([warned[0], warned.at(-1)], [0, 1]);
  });
});

function properties(count: number, schema: (index: number) => SchemaObject, name = "p"): SchemaObject {
  return {
    type: "object",
    properties: Object.fromEntries(listOf(count, (index) => [`${name}${index}`, schema(index)])),
  };
}
