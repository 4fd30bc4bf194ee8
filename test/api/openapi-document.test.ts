import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { openapiDocument } from "#weir/api/openai/openapi-document.js";

describe("the OpenAPI document", () => {
  const text = JSON.stringify(openapiDocument());

  test("is version 3.1", () => {
    assert.match(text, /^\{"openapi":"3\.1\./);
  });

  test("refers only to schemas that it has", () => {
    const { schemas } = JSON.parse(text).components;
    const names = [...text.matchAll(/"#\/components\/schemas\/(\w+)"/g)].map(([, name]) => name);
    assert.deepEqual([...new Set(names)].sort(), Object.keys(schemas).sort());
  });

  test("requires of a chat no more than its messages", () => {
    assert.deepEqual(JSON.parse(text).components.schemas.ChatRequest.required, ["messages"]);
  });

  test("has the limits that the server enforces", () => {
    const { temperature } = JSON.parse(text).components.schemas.ChatRequest.properties;
    assert.deepEqual(temperature.anyOf[0], { type: "number", minimum: 0, maximum: 2 });
  });
});
