import { assistant, called, calling, saying, system, thinking, tool, toolResult, user } from "../messages.js";
import { chat, type ParityRequest } from "../request.js";

const weather = tool("get_weather", { city: { type: "string" } }, ["city"]);
const time = tool("time", { zone: { type: "string" }, detail: { type: "object" }, list: { type: "array" } });
const tools = [weather, time];
const paris = '{"city": "Paris"}';
const call = calling("get_weather", paris);
const many = Array.from({ length: 20 }, (_, index) => tool(`tool_${index}`, { value: { type: "number" } }));
const asked = [
  user("Weather in Paris?"),
  assistant("", { tool_calls: [called("call_1", "get_weather", paris)] }),
];
const bare = { type: "function", function: { name: "ping" } };
const named = { type: "function", function: { name: "time" } };

export const toolCalls: readonly ParityRequest[] = [
  chat("tools and no call", saying("No call is needed."), { tools }),
  chat("a call", saying(call), { tools }),
  chat("text, then a call", saying(`Let me see.\n${call}`), { tools }),
  chat("a call, then text", saying(`${call}\nThat was it.`), { tools }),
  chat("a call, then a line break", saying(`${call}\n`), { tools }),
  chat("a call, then white space", saying(`${call}\n\n  `), { tools }),
  chat("two calls of one function", saying(`${call}\n${calling("get_weather", '{"city": "Rome"}')}`), {
    tools,
  }),
  chat("calls of two functions", saying(`${call}\n${calling("time", '{"zone": "CET"}')}`), { tools }),
  chat("three calls", saying([call, calling("time", '{"zone": "UTC"}'), call].join("\n")), { tools }),
  chat("two calls without a line break between", saying(call + call), { tools }),
  chat("two calls, parallel_tool_calls true", saying(`${call}\n${call}`), {
    tools,
    parallel_tool_calls: true,
  }),
  chat("one call, parallel_tool_calls false", saying(call), { tools, parallel_tool_calls: false }),
  chat("tool_choice auto", saying(call), { tools, tool_choice: "auto" }),
  chat("tool_choice required", saying(call), { tools, tool_choice: "required" }),
  chat("tool_choice required, two calls", saying(`${call}\n${call}`), { tools, tool_choice: "required" }),
  chat("tool_choice required, after a thought", saying(thinking("hm", call)), {
    tools,
    tool_choice: "required",
  }),
  chat("tool_choice of a name", saying(calling("time", '{"zone": "CET"}')), { tools, tool_choice: named }),
  chat("tool_choice of a name, the only tool", saying(calling("time", '{"zone": "CET"}')), {
    tools: [time],
    tool_choice: named,
  }),
  chat("tool_choice none, and text", saying("No call."), { tools, tool_choice: "none" }),
  chat("tool_choice none, and a call", saying(call), { tools, tool_choice: "none" }),
  chat("tool_choice without tools", saying("Text."), { tool_choice: "auto" }),
  chat("tool_choice required without tools", saying("Text."), { tool_choice: "required" }),
  chat("tool_choice of an unknown name", saying("Text."), {
    tools,
    tool_choice: { type: "function", function: { name: "nothing" } },
  }),
  chat("an empty list of tools", saying("Text."), { tools: [] }),
  chat("tools of null", saying("Text."), { tools: null, tool_choice: null }),
  chat("20 tools", saying(calling("tool_7", '{"value": 7}')), { tools: many }),
  chat("a tool without parameters", saying(calling("ping", "{}")), { tools: [bare] }),
  chat("no arguments", saying(calling("time", "{}")), { tools }),
  chat("nested arguments", saying(calling("time", '{"detail": {"a": [1, {"b": null}], "c": true}}')), {
    tools,
  }),
  chat("escapes in arguments", saying(calling("get_weather", '{"city": "a \\"q\\" } \\\\ \\u00e9 {"}')), {
    tools,
  }),
  chat("Chinese and emoji in arguments", saying(calling("get_weather", '{"city": "北京 🏯"}')), { tools }),
  chat("a line break in arguments", saying(calling("get_weather", '{\n  "city": "Paris"\n}')), { tools }),
  chat("a call after a thought", saying(thinking("I need the weather.", call)), { tools }),
  chat("a thought, text and a call", saying(thinking("I need it.", `I ask.\n${call}`)), { tools }),
  chat("a call inside a thought", saying(thinking(`maybe ${call} no`, "I can say it without.")), { tools }),
  chat("a call inside a thought and one after it", saying(thinking(`maybe ${call}`, call)), { tools }),
  chat(
    "a call without its line breaks",
    saying(`<tool_call>{"name": "get_weather", "arguments": ${paris}}</tool_call>`),
    {
      tools,
    },
  ),
  chat(
    "a call with more white space",
    saying(`<tool_call>\n{ "name" : "get_weather", "arguments" : ${paris} }\n</tool_call>`),
    {
      tools,
    },
  ),
  chat("a call of an unknown function", saying(calling("get_news", "{}")), { tools }),
  chat("an end tag of a call alone", saying("text </tool_call> more"), { tools }),
  chat("half a start tag of a call", saying("a <tool b"), { tools }),
  chat("a call cut off in its tag", saying(call), { tools, max_tokens: 1 }),
  chat("a call cut off in its name", saying(call), { tools, max_tokens: 6 }),
  chat("a call cut off before its arguments", saying(call), { tools, max_tokens: 11 }),
  chat("a call cut off in its arguments", saying(call), { tools, max_tokens: 14 }),
  chat("a call cut off in its end tag", saying(call), { tools, max_tokens: 19 }),
  chat("a stop string in the arguments", saying(call), { tools, stop: ["Paris"] }),
  chat("a stop string before a call", saying(`Let me see. ${call}`), { tools, stop: ["see"] }),
  chat("the start tag of a call as a stop string", saying(`Let me see.\n${call}`), {
    tools,
    stop: ["<tool_call>"],
  }),
  chat("a call and no tools", saying(call)),
  chat("a tool's result", [...asked, toolResult("call_1", "18 degrees")], { tools }),
  chat(
    "a tool's result, then a script",
    [
      user(`¶${call}※It is 18 degrees.■`),
      assistant("", { tool_calls: [called("call_1", "get_weather", paris)] }),
      toolResult("call_1", "18 degrees"),
    ],
    { tools },
  ),
  chat("a tool's result in parts", [...asked, toolResult("call_1", [{ type: "text", text: "18 degrees" }])], {
    tools,
  }),
  chat("a tool's empty result", [...asked, toolResult("call_1", "")], { tools }),
  chat(
    "two tools' results",
    [
      user(`¶${call}\n${call}※Both are known.■`),
      assistant("I ask.", { tool_calls: [called("a", "get_weather", paris), called("b", "time", "{}")] }),
      toolResult("a", "18 degrees"),
      toolResult("b", "noon"),
    ],
    { tools },
  ),
  chat("a tool's result without the call's id", [...asked, { role: "tool", content: "18 degrees" }], {
    tools,
  }),
  chat(
    "a call after a tool's result",
    [...asked, toolResult("call_1", `18 degrees ¶${calling("time", '{"zone": "CET"}')}■`)],
    { tools },
  ),
  chat(
    "a call sent back whose arguments are no JSON",
    [
      user("Weather?"),
      assistant("", { tool_calls: [called("call_1", "get_weather", '{"city": ')] }),
      toolResult("call_1", "an error"),
    ],
    { tools },
  ),
  chat("tools beside a system message", [system("Use tools."), ...saying(call)], { tools }),
  chat("a strict tool", saying(call), {
    tools: [{ ...weather, function: { ...weather.function, strict: true } }],
  }),
  chat("tools and enable_thinking false", saying(call), {
    tools,
    chat_template_kwargs: { enable_thinking: false },
  }),
  chat("functions, the old field", saying("Text."), { functions: [weather.function] }),
];
