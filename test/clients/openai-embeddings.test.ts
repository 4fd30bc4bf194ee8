import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import OpenAI, { BadRequestError } from "openai";
import { type EmbeddingServer, startEmbedding } from "../support/embedding-server.js";

describe("the openai package's embeddings", () => {
  let server: EmbeddingServer;
  let client: OpenAI;
  before(async () => {
    server = await startEmbedding({ listen: true });
    client = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: "none", maxRetries: 0 });
  });
  after(() => server.close());

  test("are the same in its own base64 and in floats", async () => {
    const input = ["a weir", "a river"];
    const packed = await client.embeddings.create({ model: "tiny", input });
    const floats = await client.embeddings.create({ model: "tiny", input, encoding_format: "float" });
    assert.deepEqual(packed.data, floats.data);
    assert.equal(packed.data[1]?.embedding.length, 64);
  });

  test("have the dimensions that are asked for, and usage", async () => {
    const { data, usage } = await client.embeddings.create({
      model: "tiny",
      input: "a weir",
      dimensions: 16,
    });
    assert.equal(data[0]?.embedding.length, 16);
    assert.ok(usage.total_tokens > 0);
  });

  test("throw BadRequestError that names the text", async () => {
    await assert.rejects(
      () => client.embeddings.create({ model: "tiny", input: ["a", ""] }),
      (error) => error instanceof BadRequestError && error.param === "input[1]",
    );
  });

  test("throw BadRequestError where a model that embeds is asked to chat", async () => {
    await assert.rejects(
      () => client.chat.completions.create({ model: "tiny", messages: [{ role: "user", content: "hi" }] }),
      (error) => error instanceof BadRequestError && error.code === "model_cannot_generate",
    );
  });
});
