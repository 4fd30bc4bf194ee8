import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { FastifyInstance } from "fastify";
import { startEcho } from "../support/echo-server.js";
import { startEmbedding, startReranking } from "../support/embedding-server.js";
import { errorOf } from "./requests.js";

const messages = [{ role: "user", content: "hi" }];
const bodies = {
  "/v1/chat/completions": { messages, max_tokens: 4 },
  "/v1/completions": { prompt: "hi", max_tokens: 4 },
  "/v1/embeddings": { input: "hi" },
  "/v1/rerank": { query: "hi", documents: ["hi"] },
} as const;
type Path = keyof typeof bodies;

/** What each kind of model answers where, and the endpoint that it names instead. */
const kinds = [
  {
    kind: "generates text",
    start: () => startEcho(),
    serves: ["/v1/chat/completions", "/v1/completions"],
    refuses: { "/v1/embeddings": "model_cannot_embed", "/v1/rerank": "model_cannot_rerank" },
    names: /generates text: use POST \/v1\/chat\/completions\.$/,
  },
  {
    kind: "embeds",
    start: () => startEmbedding(),
    serves: ["/v1/embeddings"],
    refuses: {
      "/v1/chat/completions": "model_cannot_generate",
      "/v1/completions": "model_cannot_generate",
      "/v1/rerank": "model_cannot_rerank",
    },
    names: /computes embeddings: use POST \/v1\/embeddings\.$/,
  },
  {
    kind: "ranks",
    start: () => startReranking(),
    serves: ["/v1/rerank"],
    refuses: {
      "/v1/chat/completions": "model_cannot_generate",
      "/v1/completions": "model_cannot_generate",
      "/v1/embeddings": "model_cannot_embed",
    },
    names: /ranks documents: use POST \/v1\/rerank\.$/,
  },
] as const;

for (const { kind, start, serves, refuses, names } of kinds) {
  describe(`a model that ${kind}`, () => {
    let app: FastifyInstance;
    let close: () => Promise<void>;
    before(async () => {
      ({ app, close } = await start());
    });
    after(() => close());

    const post = (url: Path) => app.inject({ method: "POST", url, payload: bodies[url] });

    for (const path of serves) {
      test(`answers ${path}`, async () => {
        assert.equal((await post(path)).statusCode, 200);
      });
    }

    for (const [path, code] of Object.entries(refuses)) {
      test(`refuses ${path} and names the endpoint to use`, async () => {
        const response = await post(path as Path); // a key of `bodies`, as the compiler checked above
        const error = errorOf(response);
        assert.deepEqual([response.statusCode, error.code, error.param], [400, code, "model"]);
        assert.match(error.message, names);
      });
    }

    test("is listed and has its context's length", async () => {
      const { data } = (await app.inject({ url: "/v1/models" })).json();
      assert.equal(data.length, 1);
      assert.ok(data[0].context_length >= 512);
    });
  });
}
