import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { ChatResponse } from "#weir/api/openai/responses.js";
import { callScript, script, thinkingText, toolCallText } from "../support/echo-script.js";
import { type EchoServer, startEcho } from "../support/echo-server.js";
import { chatBothWays } from "./both-ways.js";
import { chat, chatBody, errorOf, postChat } from "./requests.js";

function tool(name: string, properties: object = {}): object {
  const parameters = { type: "object", properties, required: Object.keys(properties) };
  return { type: "function", function: { name, parameters } };
}

const weather = tool("weather", { city: { type: "string" } });
const time = tool("time");
const tools = [weather, time];
const paris = { name: "weather", arguments: { city: "Paris" } };
const now = { name: "time", arguments: {} };

let echo: EchoServer;
before(async () => {
  echo = await startEcho({ load: { contextTokens: 1024 } });
});
after(() => echo.close());

/** The first choice, the same streamed and not. */
async function answer(content: string, fields: object = {}): Promise<ChatResponse["choices"][number]> {
  const { choices } = await chatBothWays(echo.app, chatBody(content, { tools, max_tokens: 100, ...fields }));
  const [choice] = choices;
  if (choice === undefined) throw new Error("there is no choice");
  return choice;
}

/** The calls of an answer, as their names and arguments. */
function callsOf({ message }: ChatResponse["choices"][number]): unknown {
  return message.tool_calls?.map((call) => [call.function.name, JSON.parse(call.function.arguments)]);
}

describe("tools that the model may call", () => {
  test("are called by the model's own text", async () => {
    const choice = await answer(callScript([paris], ""));
    assert.deepEqual(callsOf(choice), [["weather", { city: "Paris" }]]);
    assert.deepEqual([choice.finish_reason, choice.message.content], ["tool_calls", null]);
  });

  test("are called several times in one answer", async () => {
    const choice = await answer(callScript([paris, now, paris], ""));
    assert.deepEqual(
      (callsOf(choice) as [string][]).map(([name]) => name),
      ["weather", "time", "weather"],
    );
  });

  test("are called beside content", async () => {
    const choice = await answer(script(`Let me see.\n${toolCallText(paris)}`));
    assert.equal(choice.message.content?.trim(), "Let me see.");
    assert.equal(choice.message.tool_calls?.length, 1);
  });

  test("are not called where the model says something else", async () => {
    const choice = await answer("hello");
    assert.deepEqual([choice.message.content, choice.finish_reason], ["hello", "stop"]);
    assert.equal(choice.message.tool_calls, undefined);
  });

  test("are called but once where parallel calls are not wanted", async () => {
    const choice = await answer(callScript([paris, now], ""), { parallel_tool_calls: false });
    assert.equal(choice.message.tool_calls?.length, 1);
  });

  test("have the arguments that their schema asks for, whatever the model would rather say", async () => {
    const wrong = { name: "weather", arguments: { town: "Paris" } };
    const choice = await answer(callScript([wrong], ""), { max_tokens: 60 });
    for (const call of choice.message.tool_calls ?? [])
      assert.deepEqual(Object.keys(JSON.parse(call.function.arguments)), ["city"]);
  });
});

describe("tools and thinking", () => {
  test("a call within the thinking is thinking", async () => {
    const choice = await answer(script(thinkingText(`I could ${toolCallText(paris)} or not`, "No.")));
    assert.equal(choice.message.tool_calls, undefined);
    assert.match(choice.message.reasoning_content ?? "", /<tool_call>[\s\S]*<\/tool_call> or not$/);
    assert.deepEqual([choice.message.content, choice.finish_reason], ["No.", "stop"]);
  });

  test("a call behind the thinking is a call", async () => {
    const choice = await answer(script(thinkingText("I will ask", toolCallText(paris))));
    assert.deepEqual(callsOf(choice), [["weather", { city: "Paris" }]]);
    assert.equal(choice.message.reasoning_content, "I will ask");
  });

  test("a required call comes behind the thinking", async () => {
    const choice = await answer(script(thinkingText("I will ask", toolCallText(now))), {
      tool_choice: "required",
    });
    assert.deepEqual(callsOf(choice), [["time", {}]]);
    assert.equal(choice.message.reasoning_content, "I will ask");
  });
});

describe("tool_choice", () => {
  test("none hides the tools: a call is text", async () => {
    const choice = await answer(script(toolCallText(paris)), { tool_choice: "none" });
    assert.equal(choice.message.tool_calls, undefined);
    assert.equal(choice.message.content, toolCallText(paris));
    assert.equal(choice.finish_reason, "stop");
  });

  test("none takes as many prompt tokens as no tools at all", async () => {
    const [none, without] = await Promise.all([
      chatBothWays(echo.app, chatBody("hello", { tools, tool_choice: "none" })),
      chatBothWays(echo.app, chatBody("hello")),
    ]);
    assert.equal(none.usage.prompt_tokens, without.usage.prompt_tokens);
  });

  test("auto is the default", async () => {
    const choice = await answer(callScript([paris], ""), { tool_choice: "auto" });
    assert.deepEqual(callsOf(choice), [["weather", { city: "Paris" }]]);
  });

  test("required makes an answer of a call, and of nothing else", async () => {
    const choice = await answer(callScript([now], ""), { tool_choice: "required" });
    assert.deepEqual(callsOf(choice), [["time", {}]]);
    assert.equal(choice.message.content, null);
  });

  test("required holds a model to it that would rather talk", async () => {
    // What the echo model says against its script is no sense, and not twice the same.
    const { choices } = await chat(echo.app, "I will not call anything.", {
      tool_choice: "required",
      parallel_tool_calls: false,
      tools: [time],
      enable_thinking: false,
      max_tokens: 200,
    });
    const [choice] = choices;
    assert.ok(choice);
    assert.deepEqual([callsOf(choice), choice.message.content], [[["time", {}]], null]);
  });

  test("a named function is called, and no other", async () => {
    const named = { type: "function", function: { name: "time" } };
    const choice = await answer(callScript([now, paris], ""), { tool_choice: named });
    assert.deepEqual(callsOf(choice), [["time", {}]]);
  });

  for (const [what, fields, message] of [
    [
      "a function that is not among the tools",
      { tools, tool_choice: { type: "function", function: { name: "nope" } } },
      /names the function "nope", which is not among the tools: they are weather, time\./,
    ],
    [
      "a function where there are no tools",
      { tool_choice: { type: "function", function: { name: "nope" } } },
      /they are none\./,
    ],
    ["a call where there are no tools", { tool_choice: "required" }, /there are no tools/],
    ["a call of an empty list", { tools: [], tool_choice: "required" }, /there are no tools/],
    ["a word that it does not know", { tools, tool_choice: "maybe" }, /must be "none", "auto", "required"/],
  ] as const) {
    test(`is refused where it asks for ${what}`, async () => {
      const response = await postChat(echo.app, chatBody("hello", fields));
      const { param, message: text } = errorOf(response);
      assert.deepEqual([response.statusCode, param], [400, "tool_choice"]);
      assert.match(text, message);
    });
  }
});

describe("call text that is none", () => {
  for (const [what, text] of [
    ["of an unknown function", '<tool_call>\n{"name": "nope", "arguments": {}}\n</tool_call>'],
    ["that is no JSON", "<tool_call>\nweather in Paris\n</tool_call>"],
    ["without a name", '<tool_call>\n{"arguments": {}}\n</tool_call>'],
    ["without arguments", '<tool_call>\n{"name": "time"}\n</tool_call>'],
    ["that is only a tag", "<tool_call>"],
  ] as const) {
    // The grammar keeps a model from it; without a grammar it must come back as it is.
    test(`${what} is content with the normal finish reason where tools are hidden`, async () => {
      const choice = await answer(script(text), { tool_choice: "none" });
      assert.deepEqual(
        [choice.message.content, choice.finish_reason, choice.message.tool_calls],
        [text, "stop", undefined],
      );
    });

    test(`${what} is never a 500 where tools may be called`, async () => {
      const choice = await answer(script(text), { max_tokens: 16 });
      assert.ok(["stop", "length", "tool_calls"].includes(choice.finish_reason));
    });
  }

  test("that is cut off within its header is content with the finish reason length", async () => {
    const choice = await answer(callScript([paris], ""), { max_tokens: 5 });
    assert.equal(choice.finish_reason, "length");
    assert.match(choice.message.content ?? "", /^<tool_call>\n\{"name"/);
  });

  test("that is cut off within its arguments is content of a whole answer, and length", async () => {
    const long = { name: "weather", arguments: { city: "a rather long name of a city in France" } };
    const response = await postChat(echo.app, chatBody(callScript([long], ""), { tools, max_tokens: 16 }));
    const [choice] = (response.json() as ChatResponse).choices;
    assert.equal(choice?.finish_reason, "length");
    assert.match(choice?.message.content ?? "", /^<tool_call>\n\{"name": ?"weather", ?"arguments": ?\{/);
    assert.equal(choice?.message.tool_calls, undefined);
  });
});

describe("tools in a conversation", () => {
  test("a tool's answer goes back to the model with the call", async () => {
    const first = await answer(callScript([paris], "It rains in Paris."));
    const messages = [
      { role: "user", content: callScript([paris], "It rains in Paris.") },
      first.message,
      { role: "tool", tool_call_id: first.message.tool_calls?.[0]?.id, content: "rain" },
    ];
    const second = await answer("", { messages });
    assert.deepEqual([second.message.content, second.finish_reason], ["It rains in Paris.", "stop"]);
  });

  test("a tool's answer may be text parts, and its call may lack an id", async () => {
    const messages = [
      { role: "user", content: "ask" },
      {
        role: "assistant",
        content: null,
        tool_calls: [{ type: "function", function: { name: "time", arguments: "{}" } }],
      },
      { role: "tool", content: [{ type: "text", text: "¶It is noon.■" }] },
    ];
    assert.equal((await answer("", { messages })).message.content, "It is noon.");
  });
});

describe("tools with other constraints", () => {
  const yesOrNo = { type: "json_object", schema: { enum: ["yes", "no"] } };

  test("with a response_format an answer is either", async () => {
    const call = await answer(callScript([paris], ""), { response_format: yesOrNo });
    assert.deepEqual(callsOf(call), [["weather", { city: "Paris" }]]);
    const content = await answer(script('"no"'), { response_format: yesOrNo });
    assert.equal(content.message.content, '"no"');
  });

  test("with a required call the response_format has nothing to say", async () => {
    const choice = await answer(callScript([now], ""), {
      response_format: yesOrNo,
      tool_choice: "required",
    });
    assert.deepEqual(callsOf(choice), [["time", {}]]);
  });

  test("a grammar beside tools is refused", async () => {
    const response = await postChat(echo.app, chatBody("hi", { tools, grammar: 'root ::= "a"' }));
    const { param, message } = errorOf(response);
    assert.deepEqual([response.statusCode, param], [400, "grammar"]);
    assert.match(message, /together with tools/);
  });

  test("a grammar beside tools that are hidden is used", async () => {
    const choice = await answer(script("yes"), { tool_choice: "none", grammar: 'root ::= "yes" | "no"' });
    assert.equal(choice.message.content, "yes");
  });
});

test("a message about many tools, with long names, is short", async () => {
  const long = Array.from({ length: 100 }, (_, index) => tool(`${index}${"x".repeat(120)}`));
  const named = { type: "function", function: { name: "y".repeat(5_000) } };
  const { message } = errorOf(await postChat(echo.app, chatBody("hi", { tools: long, tool_choice: named })));
  assert.match(message, /, 90 more\.$/);
  assert.ok(message.length < 1_000);
});

describe("the name of a tool", () => {
  for (const name of ["files.read", "a".repeat(128), "0-_"]) {
    test(`may be ${name.slice(0, 20)}`, async () => {
      const called = { name, arguments: {} };
      const choice = await answer(callScript([called], ""), { tools: [tool(name)], max_tokens: 300 });
      assert.deepEqual(callsOf(choice), [[name, {}]]);
    });
  }

  for (const name of ["", "a b", "a/b", "wetter_für", "a".repeat(129)]) {
    test(`can't be ${JSON.stringify(name.slice(0, 20))}`, async () => {
      const response = await postChat(echo.app, chatBody("hi", { tools: [time, tool(name)] }));
      const { param, message } = errorOf(response);
      assert.deepEqual([response.statusCode, param], [400, "tools[1].function.name"]);
      assert.match(message, /must be 1 to 128 of the characters/);
    });
  }

  test("can't be another tool's", async () => {
    const response = await postChat(echo.app, chatBody("hi", { tools: [time, weather, tool("time")] }));
    const { param, message } = errorOf(response);
    assert.deepEqual([response.statusCode, param], [400, "tools[2].function.name"]);
    assert.match(message, /is that of tools\[0\] too/);
  });
});

describe("tools that are too much", () => {
  test("for a slot are refused with where they count", async () => {
    const described = { type: "function", function: { name: "long", description: "word ".repeat(1_100) } };
    const { code, message } = errorOf(await postChat(echo.app, chatBody("hi", { tools: [described] })));
    assert.equal(code, "context_length_exceeded");
    assert.match(message, /there are \d{4} in messages and tools alone: send at most 1023\.$/);
    const hidden = chatBody("word ".repeat(1_100), { tools, tool_choice: "none" });
    assert.match(errorOf(await postChat(echo.app, hidden)).message, / in messages alone: /);
  });

  test("for a grammar are held by their names unless they are strict", async () => {
    const ways = { anyOf: [1, 2, 3, 4].map((minimum) => ({ minimum })) };
    const complex = { type: "object", properties: { n: { allOf: Array.from({ length: 6 }, () => ways) } } };
    const withStrict = (strict: boolean) => [
      { type: "function", function: { name: "complex", parameters: complex, strict } },
    ];
    const called = { name: "complex", arguments: { n: "no number" } };
    const body = { tools: withStrict(false), tool_choice: "required", max_tokens: 100 };
    const { choices, warnings } = await chatBothWays(echo.app, chatBody(callScript([called], ""), body));
    assert.deepEqual(choices.map(callsOf), [[["complex", called.arguments]]]);
    assert.deepEqual(warnings, [
      "tools[0].function.parameters is not enforced: it has a part with more than 1000 combinations of alternatives. The arguments of a call may be any object.",
    ]);
    const refused = await postChat(echo.app, chatBody("hi", { tools: withStrict(true) }));
    assert.equal(errorOf(refused).param, "tools[0].function.parameters");
  });

  test("to hold, one by one, are refused with what is wrong with the one", async () => {
    const list = { type: "function", function: { name: "list", parameters: { type: "array" } } };
    const { code, param, message } = errorOf(
      await postChat(echo.app, chatBody("hi", { tools: [time, list] })),
    );
    assert.deepEqual([code, param], ["invalid_schema", "tools[1].function.parameters"]);
    assert.match(message, /^tools\[1\]\.function\.parameters takes no object.* Give it "type": "object"\.$/);
  });
});
