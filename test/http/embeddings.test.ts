import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { LightMyRequestResponse } from "fastify";
import { type EmbeddingResponse, embeddingResponse } from "#weir/api/openai/responses.js";
import { type EmbeddingServer, startEmbedding } from "../support/embedding-server.js";
import { distance, sentences } from "../support/texts.js";
import { errorOf } from "./requests.js";

/** As test/exactness/embedding.test.ts measures it. */
const rounding = 0.005;
const dimensions = 64;
const contextTokens = 512;

let server: EmbeddingServer;
before(async () => {
  server = await startEmbedding();
});
after(() => server.close());

function post(fields: object, url = "/v1/embeddings"): Promise<LightMyRequestResponse> {
  return server.app.inject({ method: "POST", url, payload: { model: "tiny", ...fields } });
}

/** The answer to a request that must succeed, checked against its schema. */
async function embed(input: unknown, fields: object = {}): Promise<EmbeddingResponse> {
  const response = await post({ input, ...fields });
  if (response.statusCode !== 200) throw new Error(response.body);
  return embeddingResponse.parse(response.json());
}

async function vectors(input: unknown, fields: object = {}): Promise<number[][]> {
  const { data } = await embed(input, fields);
  return data.map(({ embedding }) => {
    if (typeof embedding !== "string") return embedding;
    const { buffer, byteOffset, length } = Buffer.from(embedding, "base64");
    return [...new Float32Array(buffer.slice(byteOffset, byteOffset + length))];
  });
}

const lengthOf = (vector: readonly number[] = []): number => Math.hypot(...vector);

test("one text gives one vector of length 1", async () => {
  const { object, model, data } = await embed("a weir in a river");
  const [first] = data;
  assert.deepEqual(
    [object, model, data.length, first?.object, first?.index],
    ["list", "tiny", 1, "embedding", 0],
  );
  const [vector] = await vectors("a weir in a river");
  assert.equal(vector?.length, dimensions);
  assert.ok(Math.abs(lengthOf(vector) - 1) < 1e-6, `length ${lengthOf(vector)}`);
});

test("several texts give their vectors in order", async () => {
  const texts = sentences(100);
  const { data } = await embed(texts);
  assert.deepEqual(
    data.map(({ index }) => index),
    texts.map((_, index) => index),
  );
  const [last] = await vectors(texts.at(-1));
  assert.ok(distance((await vectors(texts)).at(-1) ?? [], last ?? []) < rounding);
});

test("requests at the same time get their own vectors", async () => {
  const texts = sentences(40);
  const together = await Promise.all(texts.map((text) => vectors(text)));
  for (const [index, text] of texts.entries()) {
    const [alone = []] = await vectors(text);
    assert.ok(distance(together[index]?.[0] ?? [], alone) < rounding, text);
  }
});

test("a text's tokens give the vector of the text, if they end as the tokenizer ends it", async () => {
  const text = "a weir in a river";
  const prepared = await server.model.prepareTexts({ kind: "embedding", inputs: [text] });
  const endOfText = 151_643;
  assert.equal(prepared.tokens.at(-1), endOfText);
  const tokens = [...prepared.tokens];
  assert.deepEqual(await vectors(tokens), await vectors(text));
  assert.notDeepEqual(await vectors(tokens.slice(0, -1)), await vectors(text));
});

test("lists of tokens are texts of their own", async () => {
  const [one, two] = await vectors([[1000, 1001], [1002]]);
  assert.ok(distance(one ?? [], (await vectors([1000, 1001]))[0] ?? []) < rounding);
  assert.ok(distance(two ?? [], (await vectors([1002]))[0] ?? []) < rounding);
});

test("base64 is the float version's float32 values", async () => {
  const texts = sentences(3);
  const floats = await vectors(texts, { encoding_format: "float" });
  assert.deepEqual(await vectors(texts, { encoding_format: "base64" }), floats);
});

test("dimensions keeps the first values and makes the length 1 again", async () => {
  const [whole = []] = await vectors("a weir");
  const [short = []] = await vectors("a weir", { dimensions: 10 });
  const scale = lengthOf(whole.slice(0, 10));
  assert.equal(short.length, 10);
  assert.ok(Math.abs(lengthOf(short) - 1) < 1e-6);
  assert.ok(
    distance(
      short,
      whole.slice(0, 10).map((value) => value / scale),
    ) < 1e-6,
  );
});

test("all of the model's dimensions are its vector", async () => {
  assert.deepEqual(await vectors("a weir", { dimensions }), await vectors("a weir"));
});

test("usage counts the tokens of all texts, their end marks included", async () => {
  const prepared = await server.model.prepareTexts({ kind: "embedding", inputs: ["one", "two words"] });
  const { usage } = await embed(["one", "two words"]);
  const count = prepared.tokens.length;
  assert.deepEqual(usage, { prompt_tokens: count, total_tokens: count });
});

test("fields that are null or say nothing are as if they were not there", async () => {
  const fields = { encoding_format: null, dimensions: null, user: "somebody" };
  assert.deepEqual(await vectors("a weir", fields), await vectors("a weir"));
  assert.equal((await post({ input: "a weir", model: null })).statusCode, 200);
});

test("the path works without v1", async () => {
  assert.equal((await post({ input: "a weir" }, "/embeddings")).statusCode, 200);
});

test("a text that fills the context is computed, and one with a token more is refused", async () => {
  const tokens = Array<number>(contextTokens).fill(1000);
  assert.equal((await vectors(tokens)).length, 1);
  const error = errorOf(await post({ input: [...tokens, 1000] }));
  assert.deepEqual([error.code, error.param], ["context_length_exceeded", "input"]);
  assert.match(
    error.message,
    /^This model's maximum context length is 512 tokens, but input takes 513: shorten it\.$/,
  );
});

test("two thousand and forty-eight texts are computed", async () => {
  assert.equal((await embed(Array(2_048).fill("weir"))).data.length, 2_048);
});

test("the log has a line of the work beside that of the request, without the texts", async () => {
  const id = "embedding-1";
  await server.app.inject({
    method: "POST",
    url: "/v1/embeddings",
    headers: { "x-request-id": id },
    payload: { input: ["a secret", "another"] },
  });
  const lines = server.log.filter(({ requestId, level }) => requestId === id && level === 30);
  assert.deepEqual(
    lines.map(({ msg, texts, status }) => ({ msg, texts, status })),
    [
      { msg: "embedding", texts: 2, status: "done" },
      { msg: "request", texts: undefined, status: 200 },
    ],
  );
  assert.doesNotMatch(JSON.stringify(lines), /secret/);
});

describe("embeddings are refused for", () => {
  const long = "word ".repeat(600);
  const refusals: readonly [what: string, fields: object, param: string, message: RegExp][] = [
    ["no input", {}, "input", /^input is required and must be a string or an array/],
    ["an input that is null", { input: null }, "input", /must be a string or an array .*got null\.$/],
    ["an input that is a number", { input: 5 }, "input", /got 5\.$/],
    ["an empty text", { input: "" }, "input", /^input must not be empty\.$/],
    ["an empty list", { input: [] }, "input", /^input must not be empty\.$/],
    ["an empty text among others", { input: ["a", "", "b"] }, "input[1]", /^input\[1\] must not be empty\.$/],
    ["an empty list of tokens", { input: [[1], []] }, "input[1]", /^input\[1\] must not be empty\.$/],
    ["a number among texts", { input: ["a", 5] }, "input[1]", /^input\[1\] must be a string, got 5\.$/],
    [
      "a text among tokens",
      { input: [1, "a"] },
      "input[1]",
      /must be an integer from 0 to 2147483647, got "a"/,
    ],
    [
      "a text among lists of tokens",
      { input: [[1], "a"] },
      "input[1]",
      /must be an array of tokens, got "a"/,
    ],
    ["a token that is no integer", { input: [[1, 1.5]] }, "input[0][1]", /must be an integer .*got 1\.5/],
    ["a negative token", { input: [-1] }, "input[0]", /must be an integer from 0/],
    ["a token outside the vocabulary", { input: [5, 151_936] }, "input[1]", /from 0 to 151935/],
    ["such a token in a list", { input: [[5], [6, 151_936]] }, "input[1][1]", /from 0 to 151935/],
    ["too many texts", { input: Array(2_049).fill("a") }, "input", /at most 2048 entries, got 2049/],
    ["a text that is too long", { input: ["a", long] }, "input[1]", /but input\[1\] takes \d+: shorten it/],
    [
      "a text too long to be tokenized",
      { input: long.repeat(100) },
      "input",
      /has \d+ bytes, which are more tokens/,
    ],
    ["too many dimensions", { input: "a", dimensions: 65 }, "dimensions", /at most 64, .*got 65\.$/],
    ["no dimensions", { input: "a", dimensions: 0 }, "dimensions", /at least 1/],
    [
      "dimensions that are no number",
      { input: "a", dimensions: "8" },
      "dimensions",
      /must be a number|an integer/,
    ],
    [
      "an unknown format",
      { input: "a", encoding_format: "hex" },
      "encoding_format",
      /"float" or "base64", got "hex"/,
    ],
    ["another norm", { input: "a", embd_normalize: 0 }, "embd_normalize", /is not supported: /],
  ];
  for (const [what, fields, param, message] of refusals) {
    test(what, async () => {
      const response = await post(fields);
      const error = errorOf(response);
      assert.deepEqual([response.statusCode, error.param], [400, param], error.message);
      assert.match(error.message, message);
    });
  }

  test("a model that is not served", async () => {
    const response = await post({ input: "a", model: "other" });
    assert.deepEqual([response.statusCode, errorOf(response).code], [404, "model_not_found"]);
  });

  test("a million numbers, before a model looks at them", async () => {
    const startedMs = performance.now();
    const response = await post({ input: [...Array<number>(1_000_000).fill(1), "end"] });
    assert.equal(errorOf(response).param, "input[1000000]");
    assert.ok(performance.now() - startedMs < 2_000);
  });
});
