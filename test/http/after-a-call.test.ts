import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { callScript, script, toolCallText } from "../support/echo-script.js";
import { type EchoServer, startEcho } from "../support/echo-server.js";
import { chat } from "./requests.js";

const call = { name: "weather", arguments: { city: "Paris" } };
const tools = [
  {
    type: "function",
    function: { name: "weather", parameters: { type: "object", properties: { city: { type: "string" } } } },
  },
];

let echo: EchoServer;
before(async () => {
  echo = await startEcho({ load: { contextTokens: 512 } });
});
after(() => echo.close());

describe("an answer that ends with white space behind its call", () => {
  for (const [kind, fields] of [
    ["that may be one of several", {}],
    ["that must be the only one", { parallel_tool_calls: false }],
    ["that was required", { tool_choice: "required" }],
  ] as const) {
    test(`is not made to call again, after a call ${kind}`, async () => {
      const { choices } = await chat(echo.app, script(`${toolCallText(call)}\n`), {
        tools,
        max_tokens: 64,
        ...fields,
      });
      assert.equal(choices[0]?.finish_reason, "tool_calls");
      assert.deepEqual(
        choices[0]?.message.tool_calls?.map((each) => JSON.parse(each.function.arguments)),
        [call.arguments],
      );
    });
  }

  test("still may call again", async () => {
    const { choices } = await chat(echo.app, callScript([call, call], ""), { tools });
    assert.equal(choices[0]?.message.tool_calls?.length, 2);
  });
});

describe("an answer that goes on behind its call", () => {
  const goesOn = script(`${toolCallText(call)}\nI asked.`);

  test("has its text as content, beside the call", async () => {
    const { choices } = await chat(echo.app, goesOn, { tools, max_tokens: 64 });
    assert.equal(choices[0]?.message.content, "I asked.");
    assert.equal(choices[0]?.message.tool_calls?.length, 1);
  });

  test("may do so where one call is all that is wanted", async () => {
    const { choices } = await chat(echo.app, goesOn, { tools, max_tokens: 64, parallel_tool_calls: false });
    assert.equal(choices[0]?.message.content, "I asked.");
    assert.equal(choices[0]?.message.tool_calls?.length, 1);
  });

  test("may call again behind its text", async () => {
    const text = `${toolCallText(call)}\nAnd again.\n${toolCallText(call)}`;
    const { choices } = await chat(echo.app, script(text), { tools, max_tokens: 96 });
    assert.equal(choices[0]?.message.tool_calls?.length, 2);
  });
});
