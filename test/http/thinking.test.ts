import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { script, thinkingText } from "../support/echo-script.js";
import { type EchoServer, startEcho } from "../support/echo-server.js";
import { chatBothWays } from "./both-ways.js";
import { chat, chatBody, errorOf, postChat } from "./requests.js";

let echo: EchoServer;
before(async () => {
  echo = await startEcho({ load: { contextTokens: 2048 } });
});
after(() => echo.close());

const numbers = "one two three four five six seven eight nine ten";
const thought = script(thinkingText(numbers, "It is eleven."));

async function answer(content: string, fields: object = {}) {
  const { choices, usage } = await chatBothWays(echo.app, chatBody(content, fields));
  const [choice] = choices;
  if (choice === undefined) throw new Error("there is no choice");
  return { ...choice.message, reasoningTokens: usage.completion_tokens_details.reasoning_tokens };
}

describe("thinking", () => {
  test("is told apart from the content, and counted", async () => {
    const { content, reasoning_content, reasoningTokens } = await answer(thought);
    assert.deepEqual([content, reasoning_content], ["It is eleven.", numbers]);
    // Ten words; the line breaks around them are not shown.
    assert.equal(reasoningTokens, 10);
  });

  test("is not there where the model does not think", async () => {
    const { content, reasoning_content, reasoningTokens } = await answer("hello");
    assert.deepEqual([content, reasoning_content, reasoningTokens], ["hello", undefined, 0]);
  });

  test("that never ends is all thinking", async () => {
    const { content, reasoning_content, reasoningTokens } = await answer(script(`<think>\n${numbers}`));
    assert.deepEqual([content, reasoning_content, reasoningTokens], ["", numbers, 10]);
  });

  test("tags behind text are content, and no thinking is counted", async () => {
    const text = "Models write <think> and </think> around what they think.";
    const { content, reasoning_content, reasoningTokens } = await answer(script(text));
    assert.deepEqual([content, reasoning_content, reasoningTokens], [text, undefined, 0]);
  });
});

describe("a thinking budget", () => {
  for (const field of ["thinking_budget_tokens", "reasoning_budget_tokens"]) {
    test(`of ${field} ends the thinking after so many tokens`, async () => {
      const { reasoning_content, content, reasoningTokens } = await answer(thought, { [field]: 5 });
      assert.equal(reasoning_content, "one two three four");
      // The echo model goes on where it would have been.
      assert.match(content ?? "", /eleven\.$/);
      // The first token was a line break, and the one before the end tag is the server's.
      assert.equal(reasoningTokens, 4);
    });
  }

  test("of 0 ends the thinking where it begins", async () => {
    const { reasoning_content, content, reasoningTokens } = await answer(thought, {
      thinking_budget_tokens: 0,
    });
    assert.deepEqual([reasoning_content, reasoningTokens], [undefined, 0]);
    assert.match(content ?? "", /eleven\.$/);
  });

  test("of -1, and one that is not used up, limit nothing", async () => {
    for (const thinking_budget_tokens of [-1, 500])
      assert.equal((await answer(thought, { thinking_budget_tokens })).reasoning_content, numbers);
  });

  test("does not touch an answer that does not think", async () => {
    const text = "Models write <think> before they think, at length and in detail.";
    assert.equal((await answer(script(text), { thinking_budget_tokens: 0 })).content, text);
  });

  test("leaves whole characters", async () => {
    const { reasoning_content } = await answer(script(thinkingText("𝔘𝔘𝔘𝔘𝔘𝔘𝔘𝔘", "yes")), {
      thinking_budget_tokens: 4,
    });
    assert.match(reasoning_content ?? "", /^𝔘+$/u);
  });

  test("holds with a constraint of the content", async () => {
    const fields = { grammar: 'root ::= [a-z ]{1,60} "."', thinking_budget_tokens: 3, max_tokens: 60 };
    const { reasoning_content } = await answer(thought, fields);
    assert.equal(reasoning_content, "one two");
  });

  test("below -1 is refused", async () => {
    const response = await postChat(echo.app, chatBody("hi", { thinking_budget_tokens: -2 }));
    assert.equal(errorOf(response).param, "thinking_budget_tokens");
  });
});

describe("reasoning_effort", () => {
  test("minimal limits the thinking to 512 tokens", async () => {
    const long = script(`<think>${"word ".repeat(520)}</think>yes`);
    const { usage } = await chat(echo.app, long, { reasoning_effort: "minimal" });
    assert.equal(usage.completion_tokens_details.reasoning_tokens, 512);
  });

  for (const [what, fields] of [
    ["reasoning_effort none", { reasoning_effort: "none" }],
    ["enable_thinking false", { enable_thinking: false }],
    ["chat_template_kwargs", { chat_template_kwargs: { enable_thinking: false } }],
  ] as const) {
    test(`${what} makes the template close the thinking before the answer`, async () => {
      const [closed, open] = await Promise.all([
        chatBothWays(echo.app, chatBody("hello", fields)),
        chatBothWays(echo.app, chatBody("hello")),
      ]);
      assert.ok(closed.usage.prompt_tokens > open.usage.prompt_tokens);
      assert.equal(closed.choices[0]?.message.reasoning_content, undefined);
    });
  }

  test("of a model that thinks though it was told not to, the thinking is told apart and counted", async () => {
    const { content, reasoning_content, reasoningTokens } = await answer(thought, { enable_thinking: false });
    assert.deepEqual([content, reasoning_content, reasoningTokens], ["It is eleven.", numbers, 10]);
  });

  test("none ends such thinking at once", async () => {
    const { content, reasoning_content, reasoningTokens } = await answer(thought, {
      reasoning_effort: "none",
    });
    assert.deepEqual([reasoning_content, reasoningTokens], [undefined, 0]);
    assert.match(content ?? "", /eleven\.$/);
  });

  test("enable_thinking goes before an effort of none, and the template's own argument before both", async () => {
    const promptTokens = async (fields: object): Promise<number> =>
      (await chatBothWays(echo.app, chatBody("hello", fields))).usage.prompt_tokens;
    const [open, closed] = [await promptTokens({}), await promptTokens({ enable_thinking: false })];
    assert.equal(await promptTokens({ reasoning_effort: "none", enable_thinking: true }), open);
    const both = { enable_thinking: true, chat_template_kwargs: { enable_thinking: false } };
    assert.equal(await promptTokens(both), closed);
  });

  test("a budget in tokens goes before the effort", async () => {
    const fields = { reasoning_effort: "high", thinking_budget_tokens: 2 };
    assert.equal((await answer(thought, fields)).reasoning_content, "one");
  });

  test("a word that nobody knows is refused", async () => {
    const response = await postChat(echo.app, chatBody("hi", { reasoning_effort: "extreme" }));
    assert.equal(errorOf(response).param, "reasoning_effort");
  });
});

test("thinking comes in the fields of --reasoning-field, streamed and not", async (context) => {
  const other = await startEcho({
    load: { contextTokens: 512, slots: 2 },
    app: { answerStyle: { reasoningFields: ["reasoning_content", "reasoning"] } },
  });
  context.after(() => other.close());
  const { choices } = await chatBothWays(other.app, chatBody(thought));
  const { reasoning_content, reasoning } = choices[0]?.message ?? {};
  assert.deepEqual([reasoning_content, reasoning], [numbers, numbers]);
});
