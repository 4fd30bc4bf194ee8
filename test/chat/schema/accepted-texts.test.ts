import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { schemaToGrammar } from "#weir/chat/schema/schema-to-grammar.js";
import { Gbnf } from "../../support/gbnf.js";
import { GrammarTexts } from "../../support/llama-grammar.js";
import type { JsonSchema } from "../../support/schema-corpus.js";

interface Case {
  readonly about: string;
  readonly schema: JsonSchema;
  readonly takes: readonly string[];
  readonly refuses: readonly string[];
}

const text = { type: "string" } as const;
const whole = { type: "integer" } as const;

const cases: readonly Case[] = [
  {
    about: "white space as models write it, and no more",
    schema: { type: "object", properties: { a: { type: "array", items: whole } }, required: ["a"] },
    takes: ['{"a":[1,2]}', '{ "a": [ 1, 2 ] }', '{\n  "a": [\n    1,\n    2\n  ]\n}'],
    refuses: [' {"a":[]}', '{"a":[]} ', '{"a"  :[]}', `{${"\n".repeat(3)}"a":[]}`],
  },
  {
    about: "properties in their order, optional ones left out",
    schema: { type: "object", properties: { a: whole, b: whole, c: whole }, required: ["b"] },
    takes: ['{"b":1}', '{"a":1,"b":2}', '{"b":1,"c":2}', '{"a":1,"b":2,"c":3}'],
    refuses: ["{}", '{"a":1}', '{"b":1,"a":2}', '{"b":1,"b":2}', '{"b":1,}', '{"b":1,"d":2}'],
  },
  {
    about: "no property that was not listed, unless the schema says what it is",
    schema: { type: "object", properties: { ab: whole }, additionalProperties: text },
    takes: ['{"ab":1,"abc":"x"}', '{"a":"x"}', '{"":"x"}', '{"\\n":"x"}', "{}"],
    refuses: ['{"ab":"x"}', '{"\\u0061b":"x"}', '{"a":1}', '{"\\":"x"}', '{"a\n":"x"}'],
  },
  {
    about: "every way to write a character, where any text may stand",
    schema: text,
    takes: ['"é\\u00e9\\n\\/"', '"😀\\ud83d\\ude00"', '"\\"\\\\"'],
    refuses: ['"\n"', '"\\x"', '"\\ud83d"', '"\\ude00"', '"\\ud83dx"', '"""'],
  },
  {
    about: "lengths in characters, however they are written",
    schema: { type: "string", minLength: 2, maxLength: 2 },
    takes: ['"😀\\ud83d\\ude00"', '"\\u0041\\n"', '"ab"'],
    refuses: ['"\\ud83d\\ude00"', '"😀"', '"abc"', '""'],
  },
  {
    about: "a long limit to the letter",
    schema: { type: "string", maxLength: 2500 },
    takes: [`"${"x".repeat(2500)}"`, '""'],
    refuses: [`"${"x".repeat(2501)}"`],
  },
  {
    about: "an escaped quote and backslash in a pattern",
    schema: { type: "string", pattern: '^a.["\\\\]$' },
    takes: ['"ab\\""', '"a\\"\\\\"'],
    refuses: ['"a""', '"ab""', '"ab\\u0022"', '"ab\\n"'],
  },
  {
    about: "a pattern anywhere in the text",
    schema: { type: "string", pattern: "\\d" },
    takes: ['"a1b"', '"1"'],
    refuses: ['"ab"', '""'],
  },
  {
    about: "dates that exist",
    schema: { type: "string", format: "date" },
    takes: ['"2024-02-29"', '"2026-12-31"', '"2000-02-29"'],
    refuses: ['"2026-02-29"', '"2026-02-31"', '"1900-02-29"', '"2026-04-31"', '"2026-13-01"'],
  },
  {
    about: "bounds of numbers, which are not whole",
    schema: { type: "number", minimum: -0.5, exclusiveMaximum: 10 },
    takes: ["-0.5", "0", "9.999", "-0.25"],
    refuses: ["-0.51", "10", "10.0", "1e1", "-1"],
  },
  {
    about: "bounds of whole numbers with as many digits as a double can tell apart",
    schema: { type: "integer", minimum: 99, maximum: 123456789012345 },
    takes: ["99", "100", "123456789012345"],
    refuses: ["98", "9", "123456789012346", "-100", "1.0"],
  },
  {
    about: "no number that JSON.parse takes for Infinity",
    schema: { type: "number" },
    takes: ["1e99", "-1.5E-7", "0.1", "1e+5"],
    refuses: ["1e999", "01", "1.", ".5", "+1", "NaN"],
  },
  {
    about: "constants of every type",
    schema: { enum: [1, "1", null, true, [1, { a: "b" }]] },
    takes: ["1", '"1"', "null", "true", '[1,{"a":"b"}]'],
    refuses: ["2", "false", "[1]", '[1,{"a":"c"}]', '[1,{"a":"b","c":1}]'],
  },
  {
    about: "the constants that other keywords leave",
    schema: { enum: ["apple", "bean", 7], pattern: "a.*e", type: "string" },
    takes: ['"apple"'],
    refuses: ['"bean"', "7"],
  },
  {
    about: "one of two properties, not both",
    schema: {
      type: "object",
      properties: { a: whole, b: whole },
      oneOf: [{ required: ["a"] }, { required: ["b"] }],
    },
    takes: ['{"a":1}', '{"b":1}'],
    refuses: ['{"a":1,"b":2}', "{}"],
  },
  {
    about: "what one alternative leaves of another under oneOf",
    schema: {
      oneOf: [
        { type: "integer", minimum: 5 },
        { type: "integer", maximum: 9 },
      ],
    },
    takes: ["4", "10"],
    refuses: ["5", "9"],
  },
  {
    about: "all of several objects as one",
    schema: {
      allOf: [{ $ref: "#/$defs/a" }, { properties: { b: text, a: { maximum: 3 } }, required: ["b"] }],
      $defs: { a: { type: "object", properties: { a: whole }, required: ["a"] } },
    },
    takes: ['{"a":3,"b":"x"}'],
    refuses: ['{"a":4,"b":"x"}', '{"a":3}', '{"b":"x"}'],
  },
  {
    about: "a condition, both ways",
    schema: {
      type: "object",
      properties: { land: { enum: ["US", "DE"] }, zip: text },
      required: ["land", "zip"],
      if: { properties: { land: { const: "US" } } },
      // biome-ignore lint/suspicious/noThenProperty: it is JSON Schema's keyword
      then: { properties: { zip: { pattern: "^\\d{3}$" } } },
      else: { properties: { zip: { pattern: "^[A-Z]$" } } },
    },
    takes: ['{"land":"US","zip":"123"}', '{"land":"DE","zip":"X"}'],
    refuses: ['{"land":"US","zip":"X"}', '{"land":"DE","zip":"123"}'],
  },
  {
    about: "all listed items of a tuple, and what may follow",
    schema: { type: "array", prefixItems: [whole, text], items: { type: "null" }, maxItems: 3 },
    takes: ['[1,"a"]', '[1,"a",null]'],
    refuses: ["[1]", '["a",1]', '[1,"a",null,null]', '[1,"a",2]'],
  },
  {
    about: "a number of properties",
    schema: {
      type: "object",
      properties: { a: whole, b: whole, c: whole },
      minProperties: 2,
      maxProperties: 2,
    },
    takes: ['{"a":1,"c":2}', '{"b":1,"c":2}'],
    refuses: ["{}", '{"a":1}', '{"a":1,"b":2,"c":3}'],
  },
  {
    about: "recursion, and names that JSON pointers escape",
    schema: {
      $ref: "#/$defs/a~1b%25~0",
      $defs: { "a/b%~": { type: "object", properties: { next: { $ref: "#/$defs/a~1b%25~0" } } } },
    },
    takes: ["{}", '{"next":{"next":{}}}'],
    refuses: ['{"next":null}'],
  },
];

describe("llama.cpp takes by the grammar of a schema", () => {
  let llama: GrammarTexts;

  before(async () => {
    llama = await GrammarTexts.open();
  });

  after(() => llama.close());

  async function acceptor(schema: JsonSchema, options: { readonly objectOnly?: boolean } = {}) {
    const { grammar } = schemaToGrammar(schema, "schema", { isStrict: true, ...options });
    const accepts = await llama.acceptor(grammar, "root");
    const gbnf = new Gbnf(grammar);
    return (text: string): boolean => {
      // The reader that other tests generate texts with must read as llama.cpp does.
      assert.equal(gbnf.accepts(text), accepts(text), text);
      return accepts(text);
    };
  }

  for (const { about, schema, takes, refuses } of cases) {
    test(about, async () => {
      const accepts = await acceptor(schema);
      const wronglyRefused = takes.filter((each) => !accepts(each));
      assert.deepEqual([wronglyRefused, refuses.filter(accepts)], [[], []]);
    });
  }

  test("objects alone where only they are asked for", async () => {
    const accepts = await acceptor({ enum: [1, {}] }, { objectOnly: true });
    assert.deepEqual(["{}", "1"].map(accepts), [true, false]);
  });
});
