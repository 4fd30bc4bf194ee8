import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import type { z } from "zod";
import { parseRequest } from "#weir/api/openai/parse-request.js";
import { WeirError } from "#weir/errors.js";
import { hostileValue } from "./hostile-values.js";
import type { Json } from "./json.js";
import { mutatedBody, throughJson } from "./mutated-body.js";
import { documentedPosts } from "./openapi.js";
import { requestSchemas } from "./request-schemas.js";
import { validBodies } from "./valid-bodies.js";

/** Those that hand on something else than JSON. */
const inOtherTypes = new Set(["/v1/embeddings"]);
const settings = { seed: 20_261_125, numRuns: 2_000 };

test("every endpoint that takes a body has its schema here", () => {
  const missing = [...documentedPosts.keys()].filter((path) => !Object.hasOwn(requestSchemas, path));
  assert.deepEqual(missing, []);
});

for (const [path, schema] of Object.entries(requestSchemas)) {
  const fieldNames = Object.keys(schema.shape);
  const bodies = validBodies[path] ?? [];
  const mutated = mutatedBody(bodies, fieldNames);
  const anything = fc.oneof(
    mutated,
    fc.jsonValue().map((value) => throughJson(value as Json)),
    fc.dictionary(fc.constantFrom(...fieldNames), hostileValue).map(throughJson),
  );

  describe(`the schema of ${path}`, () => {
    test("takes a body or says in one sentence which field is wrong", () => {
      const property = fc.property(anything, (body) => {
        const { refusal } = parsed(schema, body);
        if (refusal === null) return;
        assert.equal(refusal.code, "invalid_value");
        const subject = refusal.param ?? "The request body";
        assert.ok(refusal.message.startsWith(`${subject} `), refusal.message);
        assert.match(refusal.message, /\.$/);
      });
      fc.assert(property, settings);
    });

    test("leaves the body as it was", () => {
      const property = fc.property(anything, (body) => {
        const before = JSON.stringify(body);
        parsed(schema, body);
        assert.equal(JSON.stringify(body), before);
      });
      fc.assert(property, settings);
    });

    if (!inOtherTypes.has(path)) {
      test("understands what it has understood in the same way again", () => {
        const property = fc.property(mutated, (body) => {
          const { request } = parsed(schema, body);
          if (request !== null) assert.deepEqual(parsed(schema, request).request, request);
        });
        fc.assert(property, settings);
      });
    }

    test("takes nothing that the OpenAPI document forbids", () => {
      const isDocumented = documentedPosts.get(path)?.body;
      assert.ok(isDocumented);
      const property = fc.property(mutated, (body) => {
        // Zod's records leave this name out, whatever it holds.
        fc.pre(!JSON.stringify(body).includes('"__proto__"'));
        if (parsed(schema, body).request === null) return;
        assert.ok(isDocumented(body), JSON.stringify(isDocumented.errors));
      });
      fc.assert(property, settings);
    });

    test("is not moved by a field that it does not know", () => {
      const property = fc.property(fc.constantFrom(...bodies), hostileValue, (body, value) => {
        const { request } = parsed(schema, { ...Object(body), x_unknown: value });
        assert.deepEqual(request, { ...parsed(schema, body).request, x_unknown: value });
      });
      fc.assert(property, settings);
    });

    test("takes null for every field that may be left out", () => {
      const optional = fieldNames.filter((name) => schema.shape[name]?.safeParse(undefined).success);
      const [plainest] = bodies;
      const refused = optional.filter(
        (name) => parsed(schema, { ...Object(plainest), [name]: null }).refusal !== null,
      );
      assert.deepEqual(refused, []);
    });
  });
}

/** What became of a body. An error of another kind is a defect and goes on. */
function parsed(
  schema: z.ZodObject,
  body: unknown,
): { readonly request: object | null; readonly refusal: WeirError | null } {
  try {
    return { request: parseRequest(schema, body), refusal: null };
  } catch (thrown) {
    if (thrown instanceof WeirError) return { request: null, refusal: thrown };
    throw thrown;
  }
}
