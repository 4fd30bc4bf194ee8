import assert from "node:assert/strict";
import { test } from "node:test";
import { embeddingRequest } from "#weir/api/openai/embedding-request.js";
import { rerankRequest } from "#weir/api/openai/rerank-request.js";
import { embeddingResponse, rerankResponse } from "#weir/api/openai/responses.js";
import { embeddingResponseParts } from "#weir/api/openai/to-embedding-response.js";
import { toRerankResponse } from "#weir/api/openai/to-rerank-response.js";

const computed = (width: number, ...values: number[]) => ({
  model: 'the "team"',
  values: Float32Array.from(values),
  width,
  promptTokens: 7,
});

function embeddings(input: unknown, fields: object, ...values: number[]) {
  const request = embeddingRequest.parse({ input, ...fields });
  return embeddingResponse.parse(
    JSON.parse([...embeddingResponseParts(computed(2, ...values), request)].join("")),
  );
}

test("the pieces of an answer join to what its schema says", () => {
  const { data, model, usage } = embeddings(["a", "b"], {}, 3, 4, 1, 0);
  assert.deepEqual([model, usage], ['the "team"', { prompt_tokens: 7, total_tokens: 7 }]);
  assert.deepEqual(
    data.map(({ index, embedding }) => [index, embedding]),
    [
      [0, [Math.fround(0.6), Math.fround(0.8)]],
      [1, [1, 0]],
    ],
  );
});

test("base64 is of the vector that was cut", () => {
  const { data } = embeddings("a", { encoding_format: "base64", dimensions: 1 }, 3, 4);
  assert.equal(data[0]?.embedding, Buffer.from(Float32Array.of(1).buffer).toString("base64"));
});

test("documents are sorted by the score of their first class, equal ones by their place", () => {
  const request = rerankRequest.parse({ query: "q", documents: ["a", "b", "c", "d"] });
  const values = computed(2, 0.5, 0.9, 0.25, 0.1, 0.75, 0, 0.5, 0);
  const { results } = rerankResponse.parse(toRerankResponse(values, request));
  assert.deepEqual(
    results.map(({ index, relevance_score }) => [index, relevance_score]),
    [
      [2, 0.75],
      [0, 0.5],
      [3, 0.5],
      [1, 0.25],
    ],
  );
});

test("scores may be any number", () => {
  const request = rerankRequest.parse({
    query: "q",
    documents: ["a", { text: "b" }],
    return_documents: true,
  });
  assert.deepEqual(toRerankResponse(computed(1, -8, 3.5), request).results, [
    { index: 1, relevance_score: 3.5, document: { text: "b" } },
    { index: 0, relevance_score: -8, document: { text: "a" } },
  ]);
});
