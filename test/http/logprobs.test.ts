import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { ChatResponse } from "#weir/api/openai/responses.js";
import { callScript, script, thinkingText } from "../support/echo-script.js";
import { type EchoServer, startEcho } from "../support/echo-server.js";
import { modelPaths } from "../support/models.js";
import { chatBothWays, completionBothWays } from "./both-ways.js";
import { chatBody, errorOf, postChat } from "./requests.js";

let echo: EchoServer;
before(async () => {
  echo = await startEcho({ load: { contextTokens: 512 } });
});
after(() => echo.close());

async function choicesOf(content: string, fields: object = {}): Promise<ChatResponse["choices"]> {
  return (await chatBothWays(echo.app, chatBody(content, { logprobs: true, ...fields }))).choices;
}

async function tokensOf(content: string, fields: object = {}) {
  const [choice] = await choicesOf(content, fields);
  return choice?.logprobs?.content ?? [];
}

function textOf(tokens: readonly { bytes: number[] }[]): string {
  return Buffer.from(tokens.flatMap(({ bytes }) => bytes)).toString();
}

describe("log-probabilities of a chat completion", () => {
  test("add up to the content", async () => {
    const tokens = await tokensOf("one two three");
    assert.equal(textOf(tokens), "one two three");
    assert.ok(tokens.every(({ token, bytes }) => token === Buffer.from(bytes).toString()));
  });

  test("have bytes for the parts of a character", async () => {
    const tokens = await tokensOf("a𝔘b👩‍🚀");
    assert.equal(textOf(tokens), "a𝔘b👩‍🚀");
    const parts = tokens.filter(({ token }) => token.includes("\ufffd"));
    assert.equal(textOf(parts), "𝔘\u200d");
  });

  test("are there for a character that the answer's end cuts off", async () => {
    const tokens = await tokensOf("a𝔘b", { max_tokens: 2 });
    assert.equal(tokens.length, 2);
  });

  test("leave the thinking out, and add up to the content behind it", async () => {
    const [choice] = await choicesOf(script(thinkingText("a thought of some length", "yes, it is")));
    assert.equal(choice?.message.reasoning_content, "a thought of some length");
    const text = textOf(choice?.logprobs?.content ?? []);
    assert.equal(text.trim(), "yes, it is");
  });

  test("are none where all is thinking", async () => {
    assert.deepEqual(await tokensOf(script("<think>\non and on"), { max_tokens: 4 }), []);
  });

  test("are there for the tokens of a tool call", async () => {
    const tools = [{ type: "function", function: { name: "time" } }];
    const tokens = await tokensOf(callScript([{ name: "time", arguments: {} }], ""), { tools });
    assert.match(textOf(tokens), /"name": ?"time"/);
  });

  test("are there for content that is held to a grammar", async () => {
    const tokens = await tokensOf(script("maybe"), { grammar: 'root ::= "yes" | "maybe"', top_logprobs: 2 });
    assert.equal(textOf(tokens), "maybe");
    assert.ok(tokens.every(({ top_logprobs }) => top_logprobs.length === 2));
  });

  test("do not have what a stop string cut off twice, nor other text than the answer", async () => {
    const [choice] = await choicesOf("one two three", { stop: " three" });
    assert.equal(choice?.message.content, "one two");
    assert.equal(textOf(choice?.logprobs?.content ?? []), "one two");
  });

  test("are as many alternatives as asked for, likeliest first", async () => {
    for (const top_logprobs of [0, 1, 20]) {
      const tokens = await tokensOf("one two", { top_logprobs });
      for (const { token, logprob, top_logprobs: top } of tokens) {
        assert.equal(top.length, top_logprobs);
        const values = top.map((each) => each.logprob);
        assert.deepEqual(
          values,
          values.toSorted((a, b) => b - a),
        );
        if (top[0] !== undefined) assert.deepEqual([top[0].token, top[0].logprob], [token, logprob]);
      }
    }
  });

  test("are those of each of n choices", async () => {
    const choices = await choicesOf("one two", { n: 3 });
    for (const { message, logprobs } of choices)
      assert.equal(textOf(logprobs?.content ?? []), message.content);
  });

  test("are null where nobody asked", async () => {
    const { choices } = await chatBothWays(echo.app, chatBody("one"));
    assert.equal(choices[0]?.logprobs, null);
  });

  for (const [what, fields, param] of [
    ["more than 20 alternatives", { logprobs: true, top_logprobs: 21 }, "top_logprobs"],
    ["alternatives without log-probabilities", { top_logprobs: 2 }, "top_logprobs"],
    ["a number for a switch", { logprobs: 2 }, "logprobs"],
  ] as const) {
    test(`are refused with ${what}`, async () => {
      const response = await postChat(echo.app, chatBody("one", fields));
      assert.deepEqual([response.statusCode, errorOf(response).param], [400, param]);
    });
  }
});

describe("log-probabilities of a completion", () => {
  async function columns(content: string, fields: object = {}) {
    const { choices } = await completionBothWays(echo.app, {
      prompt: `<|im_start|>user\n${content}<|im_end|>\n<|im_start|>assistant\n`,
      temperature: 0,
      ...fields,
    });
    const [choice] = choices;
    if (choice?.logprobs === undefined || choice.logprobs === null)
      throw new Error("there are no log-probabilities");
    return { text: choice.text, ...choice.logprobs };
  }

  test("have one entry a token in every column", async () => {
    const { tokens, token_logprobs, top_logprobs, text_offset } = await columns("one two three", {
      logprobs: 3,
    });
    const lengths = [tokens, token_logprobs, top_logprobs, text_offset].map(({ length }) => length);
    assert.equal(new Set(lengths).size, 1);
    assert.ok(top_logprobs.every((top) => Object.keys(top ?? {}).length === 3));
  });

  test("say where in the text each token begins", async () => {
    const { text, tokens, text_offset } = await columns("one 世界 two 🦉 three", { logprobs: 0 });
    const letters = [...text];
    for (const [index, offset] of text_offset.entries()) {
      const token = tokens[index] ?? "";
      // A part of a character is told by its bytes.
      if (token.startsWith("bytes:")) continue;
      assert.equal(letters.slice(offset, offset + [...token].length).join(""), token);
    }
  });

  test("have the token itself where none of the others are asked for", async () => {
    const { tokens, token_logprobs, top_logprobs } = await columns("one two", { logprobs: 0 });
    const alone = tokens.map((token, index) => ({ [token]: token_logprobs[index] }));
    assert.deepEqual(top_logprobs, alone);
  });

  test("say it behind a character of several tokens too", async () => {
    const { text, tokens, text_offset } = await columns("a𝔘 end", { logprobs: 0 });
    const last = tokens.length - 1;
    assert.equal([...text].slice(text_offset[last]).join(""), tokens[last]);
  });
});

test("of random weights, the sampled token need not be the likeliest, and its log-probability is one of them", async (context) => {
  const tiny = await startEcho({ load: { modelPath: modelPaths.tiny, contextTokens: 512 } });
  context.after(() => tiny.close());
  const { choices } = await chatBothWays(tiny.app, {
    messages: [{ role: "user", content: "hello" }],
    logprobs: true,
    top_logprobs: 20,
    temperature: 1.5,
    top_k: 0,
    max_tokens: 24,
    seed: 3,
    ignore_eos: true,
  });
  const tokens = choices[0]?.logprobs?.content ?? [];
  assert.ok(tokens.length > 10);
  assert.ok(tokens.some(({ token, top_logprobs }) => token !== top_logprobs[0]?.token));
  for (const { logprob, top_logprobs } of tokens) {
    const sum = top_logprobs.reduce((total, each) => total + Math.exp(each.logprob), 0);
    assert.ok(sum <= 1 + 1e-6);
    assert.ok(logprob <= (top_logprobs[0]?.logprob ?? 0));
  }
});
