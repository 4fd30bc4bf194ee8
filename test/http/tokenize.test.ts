import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { detokenizeResponse, tokenizeResponse } from "#weir/api/openai/text-responses.js";
import { type EchoServer, startEcho } from "../support/echo-server.js";
import { errorOf } from "./requests.js";

let echo: EchoServer;
before(async () => {
  echo = await startEcho({ load: { contextTokens: 256 } });
});
after(() => echo.close());

const post = (url: string, payload: object) => echo.app.inject({ method: "POST", url, payload });

async function tokenize(payload: object): Promise<unknown> {
  return tokenizeResponse.parse((await post("/tokenize", payload)).json()).tokens;
}

async function detokenize(tokens: readonly number[]): Promise<string> {
  return detokenizeResponse.parse((await post("/detokenize", { tokens })).json()).content;
}

// What llama-server v0.5.0 answers for the same model.
const astronaut = [
  { id: 9707, piece: "Hello" },
  { id: 11, piece: "," },
  { id: 220, piece: " " },
  { id: 99489, piece: "世界" },
  { id: 0, piece: "!" },
  { id: 61804, piece: [32, 240, 159, 145] },
  { id: 102, piece: [169] },
  { id: 378, piece: [226, 128] },
  { id: 235, piece: [141] },
  { id: 145836, piece: "🚀" },
];
const turn = "<|im_start|>user\nhi<|im_end|>";
const turnTokens = [151644, 872, 198, 6023, 151645];
const turnLetters = [27, 91, 318, 4906, 91, 29, 872, 198, 6023, 27, 91, 318, 6213, 91, 29];

describe("POST /tokenize answers as llama-server does to", () => {
  const answers = [
    { name: "plain text", body: { content: "Hello world!" }, tokens: [9707, 1879, 0] },
    { name: "no text", body: { content: "" }, tokens: [] },
    { name: "special tokens", body: { content: turn }, tokens: turnTokens },
    {
      name: "special tokens that are to be plain text",
      body: { content: turn, parse_special: false },
      tokens: turnLetters,
    },
    {
      name: "the wish for a BOS that the model does not want",
      body: { content: "hi", add_special: true },
      tokens: [6023],
    },
    {
      name: "texts and tokens together",
      body: { content: ["Hello ", 9707, "<|im_end|>"] },
      tokens: [9707, 220, 9707, 151645],
    },
    {
      name: "the wish for pieces, some of them parts of characters",
      body: { content: "Hello, 世界! 👩‍🚀", with_pieces: true },
      tokens: astronaut,
    },
    {
      name: "the wish for pieces of special tokens and of tokens that no text has",
      body: { content: [151644, 151700, 151643, 100], with_pieces: true },
      tokens: [
        { id: 151644, piece: "<|im_start|>" },
        { id: 151700, piece: "[PAD151700]" },
        { id: 151643, piece: "<|endoftext|>" },
        { id: 100, piece: [167] },
      ],
    },
  ];
  for (const { name, body, tokens } of answers) {
    test(name, async () => assert.deepEqual(await tokenize(body), tokens));
  }
});

describe("POST /tokenize", () => {
  test("takes null for what is not set", async () => {
    const body = { model: null, content: "hi", add_special: null, parse_special: null, with_pieces: null };
    assert.deepEqual(await tokenize(body), [6023]);
  });

  test("takes half a surrogate pair for U+FFFD, where llama-server fails", async () => {
    assert.deepEqual(await tokenize({ content: "\ud83d half" }), await tokenize({ content: "\ufffd half" }));
  });

  test("takes more text than a slot could hold", async () => {
    const tokens = await tokenize({ content: "word ".repeat(100_000) });
    assert.equal((tokens as unknown[]).length, 100_001);
  });

  test("counts the tokens of a prompt as a completion does", async () => {
    const prompt = "How many are these? 四 or 5?";
    const completion = await post("/v1/completions", { prompt, max_tokens: 1 });
    assert.equal(
      ((await tokenize({ content: prompt, add_special: true })) as unknown[]).length,
      completion.json().usage.prompt_tokens,
    );
  });
});

describe("POST /detokenize answers as llama-server does to", () => {
  const answers = [
    { name: "tokens of text", tokens: [9707, 1879, 0], content: "Hello world!" },
    { name: "special tokens", tokens: turnTokens, content: turn },
    { name: "no token", tokens: [], content: "" },
    { name: "tokens that no text has", tokens: [151700, 151935, 0], content: "[PAD151700][PAD151935]!" },
    { name: "tokens that are a character only together", tokens: [61804, 102], content: " 👩" },
    { name: "half a character", tokens: [145233, 61804], content: "👩 \ufffd" },
  ];
  for (const { name, tokens, content } of answers) {
    test(name, async () => assert.equal(await detokenize(tokens), content));
  }
});

test("what was tokenized comes back the same", async () => {
  const text = "  two spaces\n\n\tTab 12345 ¶■※ é \u0000 e\u0301 👩‍🚀";
  const tokens = await tokenize({ content: text });
  assert.equal(await detokenize(tokens as number[]), text);
});

describe("is refused:", () => {
  const refusals = [
    { name: "no content", url: "/tokenize", body: {}, param: "content", says: /^content is required/ },
    {
      name: "content of another type",
      url: "/tokenize",
      body: { content: 5 },
      param: "content",
      says: /got 5/,
    },
    {
      name: "a flag of another type",
      url: "/tokenize",
      body: { content: "x", with_pieces: "yes" },
      param: "with_pieces",
      says: /must be true or false, got "yes"/,
    },
    {
      name: "content that would take seconds",
      url: "/tokenize",
      body: { content: ["a".repeat(2 ** 20), "b"] },
      param: "content",
      says: /^content has 1048577 bytes: the limit for this model is 1048576/,
    },
    {
      name: "content of more parts than anybody needs",
      url: "/tokenize",
      body: { content: Array(65_537).fill("") },
      param: "content",
      says: /^content has 65537 entries: the limit is 65536/,
    },
    {
      name: "a token within content that the model does not have",
      url: "/tokenize",
      body: { content: [151936] },
      param: "content",
      says: /has the token 151936: this model's are 0 to 151935/,
    },
    { name: "no tokens", url: "/detokenize", body: {}, param: "tokens", says: /^tokens is required/ },
    {
      name: "a token that the model does not have",
      url: "/detokenize",
      body: { tokens: [1, 151936] },
      param: "tokens",
      says: /has the token 151936: this model's are 0 to 151935/,
    },
    {
      name: "a negative token",
      url: "/detokenize",
      body: { tokens: [-1] },
      param: "tokens[0]",
      says: /at least 0, got -1/,
    },
    {
      name: "part of a token",
      url: "/detokenize",
      body: { tokens: [1.5] },
      param: "tokens[0]",
      says: /must be an integer, got 1.5/,
    },
    {
      name: "more tokens than anybody needs",
      url: "/detokenize",
      body: { tokens: Array(262_145).fill(0) },
      param: "tokens",
      says: /^tokens has 262145 entries: the limit is 262144/,
    },
  ];
  for (const { name, url, body, param, says } of refusals) {
    test(name, async () => {
      const response = await post(url, body);
      const error = errorOf(response);
      assert.deepEqual([response.statusCode, error.code, error.param], [400, "invalid_value", param]);
      assert.match(error.message, says);
    });
  }

  test("a model that is not served", async () => {
    const response = await post("/tokenize", { model: "other", content: "hi" });
    assert.deepEqual([response.statusCode, errorOf(response).code], [404, "model_not_found"]);
  });
});
