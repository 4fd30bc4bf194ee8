import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { script, thinkingText } from "../support/echo-script.js";
import { type EchoServer, startEcho } from "../support/echo-server.js";
import { chatBothWays, completionBothWays } from "./both-ways.js";
import { chatBody, contentOf, errorOf, postChat } from "./requests.js";

const words = "one two three four five six";

let echo: EchoServer;
before(async () => {
  echo = await startEcho({ load: { contextTokens: 512 } });
});
after(() => echo.close());

async function answer(content: string, fields: object = {}) {
  const { choices, usage } = await chatBothWays(echo.app, chatBody(content, fields));
  const [choice] = choices;
  return { ...choice, content: choice?.message.content, completionTokens: usage.completion_tokens };
}

async function tokenOf(text: string): Promise<number> {
  const reply = await echo.app.inject({ method: "POST", url: "/tokenize", payload: { content: text } });
  return reply.json().tokens[0];
}

describe("stop strings", () => {
  for (const [what, stop, content] of [
    ["end the answer before them", " four", "one two three"],
    ["may begin and end within a token", "e f", "one two thre"],
    ["are those of a list, and the first in the text counts", ["six", "four", "five"], "one two three "],
    ["may be the whole beginning", "one", ""],
    ["that do not come change nothing", ["seven", "One"], words],
  ] as const) {
    test(what, async () => {
      const choice = await answer(words, { stop });
      assert.deepEqual([choice.content, choice.finish_reason], [content, "stop"]);
    });
  }

  test("may be part of a character's bytes and whole characters", async () => {
    assert.equal((await answer("a𝔘b 🦉 c", { stop: "🦉" })).content, "a𝔘b ");
  });

  test("end thinking and calls too", async () => {
    const { message, content } = await answer(script(thinkingText("one two three", "four")), {
      stop: " two",
    });
    assert.deepEqual([message?.reasoning_content, content], ["one", ""]);
  });
});

describe("logit_bias", () => {
  test("of -100 keeps a token out, and of 100 brings it", async () => {
    const [two, five] = [await tokenOf(" two"), await tokenOf(" five")];
    const banned = await answer(words, { logit_bias: { [two]: -100 }, max_tokens: 2 });
    assert.doesNotMatch(banned.content ?? "", /two/);
    // The echo model's next-best token is 65 behind.
    const brought = await answer(words, { logit_bias: { [five]: 100 }, max_tokens: 2 });
    assert.match(brought.content ?? "", /five/);
  });

  test("of a token that the model does not have is refused, and of what is no token", async () => {
    for (const key of ["151936", "-1", "x", "1.5", ""]) {
      const response = await postChat(echo.app, chatBody("hi", { logit_bias: { [key]: 1 } }));
      assert.deepEqual([response.statusCode, errorOf(response).param], [400, "logit_bias"]);
    }
  });
});

describe("stop_token_ids", () => {
  test("end the answer before the token", async () => {
    const { content, finish_reason, completionTokens } = await answer(words, {
      stop_token_ids: [await tokenOf(" four"), 5],
    });
    assert.deepEqual([content, finish_reason, completionTokens], ["one two three", "stop", 4]);
  });

  test("end a completion too", async () => {
    const { choices } = await completionBothWays(echo.app, {
      prompt: `<|im_start|>user\n${words}<|im_end|>\n<|im_start|>assistant\n`,
      stop_token_ids: [await tokenOf(" two")],
      temperature: 0,
    });
    assert.deepEqual([choices[0]?.text, choices[0]?.finish_reason], ["one", "stop"]);
  });

  for (const [what, stop_token_ids] of [
    ["the model does not have", [151_936]],
    ["are negative", [-1]],
    ["are no numbers", ["x"]],
    ["are more than 64", Array(65).fill(5)],
  ] as const) {
    test(`that ${what} are refused`, async () => {
      const response = await postChat(echo.app, chatBody("hi", { stop_token_ids }));
      assert.equal(response.statusCode, 400);
      assert.match(errorOf(response).param ?? "", /^stop_token_ids/);
    });
  }
});

describe("min_tokens", () => {
  test("keep the model's own end back", async () => {
    const { completionTokens, content } = await answer("one", { min_tokens: 9, max_tokens: 12 });
    assert.ok(completionTokens >= 9);
    assert.match(content ?? "", /^one/);
  });

  test("change nothing where the answer is longer anyway", async () => {
    assert.equal((await answer(words, { min_tokens: 3 })).content, words);
  });

  test("keep stop tokens back, and not stop strings", async () => {
    const stop_token_ids = [await tokenOf(" two")];
    const { completionTokens } = await answer(words, { min_tokens: 5, max_tokens: 8, stop_token_ids });
    assert.ok(completionTokens >= 5);
    assert.equal((await answer(words, { min_tokens: 5, stop: " two" })).content, "one");
  });

  test("beyond max_tokens are refused", async () => {
    const response = await postChat(echo.app, chatBody("hi", { min_tokens: 9, max_tokens: 8 }));
    assert.equal(errorOf(response).param, "min_tokens");
  });
});

describe("an assistant's message at the end", () => {
  const messages = [
    { role: "user", content: script(words) },
    { role: "assistant", content: "one two" },
  ];

  test("is the beginning of the answer, which goes on", async () => {
    assert.equal((await answer("", { messages })).content, " three four five six");
  });

  test("is so where it is asked for, by either name", async () => {
    for (const fields of [{ continue_final_message: true }, { add_generation_prompt: false }])
      assert.equal((await answer("", { messages, ...fields })).content, " three four five six");
  });

  test("is a message like others where the request says so", async () => {
    for (const fields of [{ continue_final_message: false }, { add_generation_prompt: true }]) {
      const { choices, usage } = await chatBothWays(
        echo.app,
        chatBody("", { messages, ...fields, max_tokens: 4 }),
      );
      const continued = await chatBothWays(echo.app, chatBody("", { messages, max_tokens: 4 }));
      assert.ok(usage.prompt_tokens > continued.usage.prompt_tokens);
      assert.equal(choices.length, 1);
    }
  });

  for (const [what, last, fields, param] of [
    [
      "a user's message",
      { role: "user", content: "x" },
      { continue_final_message: true },
      "continue_final_message",
    ],
    [
      "calls",
      {
        role: "assistant",
        content: "",
        tool_calls: [{ type: "function", function: { name: "a", arguments: "{}" } }],
      },
      { continue_final_message: true },
      "continue_final_message",
    ],
    [
      "and a new answer at once",
      { role: "assistant", content: "one" },
      { continue_final_message: true, add_generation_prompt: true },
      "continue_final_message",
    ],
  ] as const) {
    test(`can't be continued: ${what}`, async () => {
      const body = chatBody("", { messages: [{ role: "user", content: "a" }, last], ...fields });
      const response = await postChat(echo.app, body);
      assert.deepEqual([response.statusCode, errorOf(response).param], [400, param]);
    });
  }

  const begun = [
    { role: "user", content: script('{"a": 1}') },
    { role: "assistant", content: '{"a"' },
  ];

  for (const [param, fields] of [
    ["response_format", { response_format: { type: "json_object" } }],
    ["response_format", { response_format: { type: "json_schema", json_schema: { schema: {} } } }],
    ["json_schema", { json_schema: { type: "object" } }],
    ["grammar", { grammar: 'root ::= "a"' }],
  ] as const) {
    test(`can't be continued under ${JSON.stringify(fields)}, which would hold the rest alone`, async () => {
      for (const asked of [{}, { continue_final_message: true }, { add_generation_prompt: false }]) {
        const response = await postChat(echo.app, chatBody("", { messages: begun, ...fields, ...asked }));
        const error = errorOf(response);
        assert.deepEqual([response.statusCode, error.code, error.param], [400, "invalid_value", param]);
        assert.match(error.message, /is for a whole answer.* set continue_final_message to false/);
      }
    });
  }

  test("may stand before content that must fit where it is answered, or begins nothing", async () => {
    const empty = [begun[0], { role: "assistant", content: "" }];
    for (const fields of [{ messages: begun, continue_final_message: false }, { messages: empty }]) {
      const body = chatBody("", { ...fields, response_format: { type: "json_object" }, max_tokens: 2 });
      assert.equal((await postChat(echo.app, body)).statusCode, 200);
    }
  });
});

test("temperatures so small that logits divided by them are infinite are 0", async (context) => {
  const echo = await startEcho({ load: { contextTokens: 256 } });
  context.after(() => echo.close());
  for (const temperature of [2e-38, 5e-324, 1e-5])
    assert.equal(await contentOf(echo.app, "hello", { temperature }), "hello");
});
