import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { createOpenAI } from "@ai-sdk/openai";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { OpenAIEmbeddings } from "@langchain/openai";
import { cosineSimilarity, embed, embedMany } from "ai";
import OpenAI, { BadRequestError } from "openai";
import { type EmbeddingServer, startEmbedding, startReranking } from "../support/embedding-server.js";

const texts = ["a weir in a river", "a hedgehog 🦔", "世界"];
const dimensions = 64;

describe("embeddings", () => {
  let server: EmbeddingServer;
  let baseURL: string;
  let client: OpenAI;
  /** What every client must get. */
  let vectors: readonly number[][];
  before(async () => {
    server = await startEmbedding({ listen: true });
    baseURL = `${server.url}/v1`;
    client = new OpenAI({ baseURL, apiKey: "sk-any", maxRetries: 0 });
    const response = await server.app.inject({
      method: "POST",
      url: "/v1/embeddings",
      payload: { input: texts },
    });
    vectors = response.json().data.map(({ embedding }: { embedding: number[] }) => embedding);
  });
  after(() => server.close());

  test("come to the openai package, which asks for base64", async () => {
    const { data, usage } = await client.embeddings.create({ model: "tiny", input: texts });
    assertSame(
      data.map(({ embedding }) => embedding),
      vectors,
    );
    assert.ok(usage.prompt_tokens > texts.length);
  });

  test("come to the openai package as numbers, cut to some dimensions", async () => {
    const { data } = await client.embeddings.create({
      model: "tiny",
      input: "a weir",
      encoding_format: "float",
      dimensions: 8,
    });
    assert.equal(data[0]?.embedding.length, 8);
  });

  test("of another model are NotFoundError", async () => {
    const act = () => client.embeddings.create({ model: "text-embedding-3-small", input: "a" });
    await assert.rejects(act, OpenAI.NotFoundError);
  });

  test("of more tokens than the model reads are BadRequestError", async () => {
    const act = () => client.embeddings.create({ model: "tiny", input: "word ".repeat(600) });
    await assert.rejects(
      act,
      (error) => error instanceof BadRequestError && error.code === "context_length_exceeded",
    );
  });

  test("of a chat are BadRequestError", async () => {
    const act = () =>
      client.chat.completions.create({ model: "tiny", messages: [{ role: "user", content: "hi" }] });
    await assert.rejects(act, BadRequestError);
  });

  const providers = {
    "@ai-sdk/openai-compatible": () =>
      createOpenAICompatible({ name: "weir", baseURL }).embeddingModel("tiny"),
    "@ai-sdk/openai": () => createOpenAI({ baseURL, apiKey: "sk-any" }).embeddingModel("tiny"),
  };
  for (const [name, model] of Object.entries(providers)) {
    test(`come to the ai package with ${name}`, async () => {
      const one = await embed({ model: model(), value: texts[0] ?? "", maxRetries: 0 });
      const { embeddings, usage } = await embedMany({ model: model(), values: texts, maxRetries: 0 });
      assertSame(embeddings, vectors);
      assert.ok(cosineSimilarity(one.embedding, embeddings[0] ?? []) > 0.99);
      assert.ok(usage.tokens > texts.length);
    });
  }

  test("come to @langchain/openai", async () => {
    const model = new OpenAIEmbeddings({
      model: "tiny",
      apiKey: "sk-any",
      maxRetries: 0,
      configuration: { baseURL },
    });
    assertSame(await model.embedDocuments(texts), vectors);
    assert.equal((await model.embedQuery("a weir")).length, dimensions);
  });

  // Open WebUI (backend/open_webui/retrieval/utils.py) and Continue (core/llm/llms/OpenAI.ts) send nothing else.
  test("come for a body of input and model", async () => {
    const payload = { input: texts, model: "tiny" };
    const response = await server.app.inject({ method: "POST", url: "/v1/embeddings", payload });
    assert.equal(response.json().data.length, texts.length);
  });
});

describe("a reranker", () => {
  let server: EmbeddingServer;
  before(async () => {
    server = await startReranking();
  });
  after(() => server.close());

  // Open WebUI's external reranker (backend/open_webui/retrieval/models/external.py) sorts `results` by index.
  test("scores every document for Open WebUI", async () => {
    const payload = { model: "tiny", query: "water", documents: texts, top_n: texts.length };
    const { results } = (await server.app.inject({ method: "POST", url: "/v1/rerank", payload })).json();
    assert.deepEqual(results.map(({ index }: { index: number }) => index).sort(), [0, 1, 2]);
    assert.ok(
      results.every(
        ({ relevance_score }: { relevance_score: unknown }) => typeof relevance_score === "number",
      ),
    );
  });
});

/** Up to what llama.cpp rounds differently when it computes texts together. */
function assertSame(actual: readonly (readonly number[])[], expected: readonly (readonly number[])[]): void {
  assert.equal(actual.length, expected.length);
  for (const [index, vector] of actual.entries()) {
    assert.equal(vector.length, dimensions);
    const similarity = cosineSimilarity([...vector], [...(expected[index] ?? [])]);
    assert.ok(similarity > 0.999, `${index}: ${similarity}`);
  }
}
