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

describe("an answer that ends with white space behind its call", () => {
  let echo: EchoServer;
  before(async () => {
    echo = await startEcho({ load: { contextTokens: 512 } });
  });
  after(() => echo.close());

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
