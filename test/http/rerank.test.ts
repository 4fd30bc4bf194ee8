import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { LightMyRequestResponse } from "fastify";
import { type RerankResponse, rerankResponse } from "#weir/api/openai/responses.js";
import { type EmbeddingServer, startReranking } from "../support/embedding-server.js";
import { sentences } from "../support/texts.js";
import { errorOf } from "./requests.js";

const query = "what holds the river";
const documents = sentences(30);

let server: EmbeddingServer;
before(async () => {
  server = await startReranking();
});
after(() => server.close());

function post(fields: object, url = "/v1/rerank"): Promise<LightMyRequestResponse> {
  return server.app.inject({ method: "POST", url, payload: { model: "tiny", query, documents, ...fields } });
}

/** The answer to a request that must succeed, checked against its schema. */
async function rerank(fields: object = {}): Promise<RerankResponse> {
  const response = await post(fields);
  if (response.statusCode !== 200) throw new Error(response.body);
  return rerankResponse.parse(response.json());
}

test("every document gets a probability, the best first", async () => {
  const { object, model, results } = await rerank();
  const scores = results.map(({ relevance_score }) => relevance_score);
  assert.deepEqual([object, model], ["list", "tiny"]);
  assert.deepEqual(new Set(results.map(({ index }) => index)).size, documents.length);
  assert.deepEqual(
    scores,
    scores.toSorted((a, b) => b - a),
  );
  assert.ok(scores.every((score) => score > 0 && score < 1));
  assert.ok((scores[0] ?? 0) - (scores.at(-1) ?? 0) > 0.2);
});

test("a document's score is the same alone and among others", async () => {
  const { results } = await rerank();
  for (const { index, relevance_score } of results.slice(0, 5)) {
    const [alone] = (await rerank({ documents: [documents[index]] })).results;
    assert.ok(Math.abs((alone?.relevance_score ?? 0) - relevance_score) < 0.005);
  }
});

test("another query gives other scores", async () => {
  const [one, two] = await Promise.all([rerank(), rerank({ query: "who is there" })]);
  assert.notDeepEqual(one?.results, two?.results);
});

test("top_n keeps the best", async () => {
  const { results } = await rerank();
  assert.deepEqual((await rerank({ top_n: 3 })).results, results.slice(0, 3));
  assert.equal((await rerank({ top_n: 1_000 })).results.length, documents.length);
});

test("documents come back where they are asked for", async () => {
  const { results } = await rerank({ return_documents: true, top_n: 2 });
  assert.deepEqual(
    results.map(({ document }) => document?.text),
    results.map(({ index }) => documents[index]),
  );
});

test("a document may be an object with its text", async () => {
  const plain = await rerank({ return_documents: true });
  const objects = documents.map((text) => ({ text }));
  assert.deepEqual(await rerank({ documents: objects, return_documents: true }), plain);
});

test("the same document twice keeps its order", async () => {
  const { results } = await rerank({ documents: ["same", "same", "same"] });
  assert.deepEqual(
    results.map(({ index }) => index).toSorted((a, b) => a - b),
    [0, 1, 2],
  );
});

test("an empty document has a score too", async () => {
  assert.equal((await rerank({ documents: ["", "text"] })).results.length, 2);
});

test("the prompt is the model's own template", async () => {
  const prepared = await server.model.prepareTexts({ kind: "rerank", query: "one", documents: ["two"] });
  const { tokens } = await server.model.preparePrompt({
    kind: "text",
    suffix: "",
    echo: "none",
    content: null,
    text: "<|im_start|>user\n<Query>: one\n<Document>: two<|im_end|>\n<|im_start|>assistant\n",
  });
  assert.deepEqual([...prepared.tokens, 151_643], [...tokens]);
});

test("usage counts the tokens of all prompts", async () => {
  const prepared = await server.model.prepareTexts({ kind: "rerank", query, documents });
  const count = prepared.tokens.length;
  assert.deepEqual((await rerank()).usage, { prompt_tokens: count, total_tokens: count });
});

for (const path of ["/rerank", "/v1/reranking", "/reranking"]) {
  test(`${path} is the same`, async () => {
    assert.equal((await post({}, path)).statusCode, 200);
  });
}

describe("ranking is refused for", () => {
  const long = "word ".repeat(600);
  const refusals: readonly [what: string, fields: object, param: string, message: RegExp][] = [
    ["no query", { query: undefined }, "query", /^query is required and must be a string\.$/],
    ["an empty query", { query: "" }, "query", /^query must not be empty\.$/],
    ["no documents", { documents: undefined }, "documents", /^documents is required and must be an array\.$/],
    ["an empty list", { documents: [] }, "documents", /^documents must not be empty\.$/],
    [
      "a document that is a number",
      { documents: ["a", 5] },
      "documents[1]",
      /must be a string or an object, got 5/,
    ],
    ["a document without text", { documents: [{}] }, "documents[0].text", /is required and must be a string/],
    [
      "too many documents",
      { documents: Array(2_049).fill("a") },
      "documents",
      /2049 entries: the limit is 2048/,
    ],
    [
      "a document that is too long",
      { documents: ["a", long] },
      "documents[1]",
      /but documents\[1\] with the query takes \d+/,
    ],
    ["a query that is too long", { query: long }, "documents[0]", /documents\[0\] with the query takes/],
    ["a query too long to be tokenized", { query: long.repeat(100) }, "query", /query has \d+ bytes/],
    ["top_n of none", { top_n: 0 }, "top_n", /at least 1/],
  ];
  for (const [what, fields, param, message] of refusals) {
    test(what, async () => {
      const response = await post(fields);
      const error = errorOf(response);
      assert.deepEqual([response.statusCode, error.param], [400, param], error.message);
      assert.match(error.message, message);
    });
  }
});
