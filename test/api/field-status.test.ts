import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { z } from "zod";
import { ignored, refused, refusedUnless, statusOf } from "#weir/api/openai/field-status.js";
import { parseRequest } from "#weir/api/openai/parse-request.js";

const body = z.looseObject({
  store: ignored("Nothing is stored here"),
  samplers: refused("leave it out"),
  best_of: refusedUnless(1, "ask for one answer"),
});

function refusalOf(given: object): string {
  try {
    parseRequest(body, given);
    return "";
  } catch (error) {
    return (error as Error).message;
  }
}

describe("the status of a field", () => {
  test("is what its helper says", () => {
    const { store, samplers, best_of } = body.shape;
    assert.deepEqual([store, samplers, best_of].map(statusOf), ["ignored", "refused", "refused"]);
  });

  test("survives what is added to the schema", () => {
    assert.equal(statusOf(ignored("why").nullable().describe("more")), "ignored");
  });

  const amounts = [
    { name: "one type", schema: z.int().min(1).nullish(), status: "supported" },
    { name: "several values", schema: z.enum(["none", "auto"]), status: "supported" },
    { name: "null alone", schema: z.null().optional(), status: "refused" },
    { name: "one value alone", schema: z.literal(0).nullish(), status: "refused" },
    { name: "one value alone, and requires it", schema: z.literal("user"), status: "supported" },
    { name: "anything", schema: z.unknown().optional(), status: "ignored" },
  ] as const;
  for (const { name, schema, status } of amounts) {
    test(`is "${status}" where the schema takes ${name} and says nothing else`, () => {
      assert.equal(statusOf(schema), status);
    });
  }
});

describe("a field", () => {
  test("that is ignored takes anything", () => {
    for (const store of [null, true, { deep: [1] }]) assert.equal(refusalOf({ store }), "");
  });

  test("that is refused says what to do instead", () => {
    assert.equal(refusalOf({ samplers: ["top_k"] }), "samplers is not supported: leave it out.");
  });

  test("that is refused may be null", () => {
    assert.equal(refusalOf({ samplers: null, best_of: null }), "");
  });

  test("that is refused may have the value that means off", () => {
    assert.equal(refusalOf({ best_of: 1 }), "");
    assert.equal(refusalOf({ best_of: 2 }), "best_of is not supported: ask for one answer.");
  });

  test("shows its status in a JSON schema", () => {
    const { properties } = z.toJSONSchema(body, { io: "input" });
    assert.deepEqual(properties?.["store"], {
      "x-weir-status": "ignored",
      description: "Nothing is stored here",
    });
  });
});
