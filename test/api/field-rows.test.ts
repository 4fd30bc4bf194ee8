import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { z } from "zod";
import { fieldRows } from "#weir/api/docs/field-rows.js";
import { markdownTable } from "#weir/api/docs/markdown-table.js";
import { typeText } from "#weir/api/docs/type-text.js";
import { ignored, refused, refusedUnless } from "#weir/api/openai/field-status.js";
import { jsonSchema } from "#weir/api/openai/openapi-schemas.js";

const rowsOf = (schema: z.ZodType) => fieldRows(jsonSchema(schema, "input"));

describe("the words for a type", () => {
  const types = [
    [z.string().nullish(), "string"],
    [z.string().min(1), "non-empty string"],
    [z.int(), "integer"],
    [z.int().min(1).max(20).nullable(), "integer from 1 to 20"],
    [
      z
        .number()
        .min(0)
        .max(2 ** 31 - 1),
      "number of at least 0",
    ],
    [z.number().max(-1), "number of at most -1"],
    [z.array(z.string()).max(16), "array of up to 16 strings"],
    [z.array(z.int()).min(1), "non-empty array of integers"],
    [z.array(z.array(z.boolean()).min(2)), "array of arrays of at least 2 booleans"],
    [z.enum(["none", "auto"]), '`"none"` or `"auto"`'],
    [z.union([z.enum(["a", "b"]), z.looseObject({ c: z.int() })]), '`"a"`, `"b"`, or object'],
    [z.record(z.string(), z.number().min(-1).max(1)), "object of numbers from -1 to 1"],
    [z.record(z.string(), z.unknown()), "object"],
    [z.unknown(), "anything"],
    [z.null(), "null"],
  ] as const;
  for (const [schema, text] of types) {
    test(`are "${text}"`, () => assert.equal(typeText(jsonSchema(schema, "input")), text));
  }
});

describe("the rows of a body", () => {
  test("tell the status of each field, and why", () => {
    const body = z.looseObject({
      top_p: z.number().nullish(),
      store: ignored("Nothing is stored"),
      samplers: refused("leave it out"),
      best_of: refusedUnless(1, "ask for n"),
      unmarked: z.literal(0).nullish(),
    });
    assert.deepEqual(
      rowsOf(body).map(({ name, type, status, description }) => [name, type, status, description]),
      [
        ["top_p", "number", "supported", ""],
        ["store", "anything", "ignored", "Nothing is stored"],
        ["samplers", "null", "refused", "leave it out"],
        ["best_of", "`1`", "refused", "ask for n"],
        ["unmarked", "`0`", "refused", ""],
      ],
    );
  });

  test("go into objects and arrays of them", () => {
    const body = z.object({
      tools: z.array(z.object({ function: z.object({ name: z.string() }) })).nullish(),
    });
    assert.deepEqual(
      rowsOf(body).map(({ name }) => name),
      ["tools", "tools[].function", "tools[].function.name"],
    );
  });

  test("join the objects that may stand in one place, and say which of them has a field", () => {
    const message = z.discriminatedUnion("role", [
      z.object({ role: z.literal("user"), content: z.string() }),
      z.object({
        role: z.literal("assistant"),
        content: z.string().nullish(),
        tool_calls: z.array(z.string()),
      }),
    ]);
    assert.deepEqual(
      rowsOf(z.array(message)).map(({ name, type, isRequired, onlyWith }) => [
        name,
        type,
        isRequired,
        onlyWith,
      ]),
      [
        ["[].role", '`"user"` or `"assistant"`', true, ""],
        ["[].content", "string", false, ""],
        ["[].tool_calls", "array of strings", true, '`role` `"assistant"`'],
      ],
    );
  });

  test("have a description wherever the schema has it", () => {
    const body = z.object({
      a: z.int().describe("inside").nullish(),
      b: z.int().nullish().describe("outside"),
    });
    assert.deepEqual(
      rowsOf(body).map(({ description }) => description),
      ["inside", "outside"],
    );
  });
});

test("a cell of a table can have a pipe and a line break in it", () => {
  assert.equal(markdownTable(["A"], [["<|im_end|>\nand more"]]), "| A |\n|---|\n| <\\|im_end\\|> and more |");
});
