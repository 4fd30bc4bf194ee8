import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { AnswerFormat, ParsedAnswer } from "#weir/chat/answer-parser.js";
import { answer, call, called, header, llama, paris, parse, qwen, stream } from "./answer-builder.js";

type Case = readonly [name: string, text: string, expected: ParsedAnswer, format?: AnswerFormat];

const hardArguments = '{"text": "a \\"q\\" } \\\\ \\u00e9 { 🦉", "n": {"a": [1, {"b": null}]}, "": {}}';

const cases: readonly Case[] = [
  ["reads a call", call(), answer({ toolCalls: [called()] })],
  [
    "reads a call without any white space",
    '<tool_call>{"name":"time","arguments":{}}</tool_call>',
    answer({ toolCalls: [called("{}", "time")] }),
  ],
  [
    "reads a call with white space wherever JSON allows it",
    '<tool_call> \r\n {\t"name" \n:  "time" , \n "arguments"\t: { "a" : 1 } \n }\n\n</tool_call>',
    answer({ toolCalls: [called('{ "a" : 1 }', "time")] }),
  ],
  [
    "passes arguments on as they are written",
    call(hardArguments),
    answer({ toolCalls: [called(hardArguments)] }),
  ],
  [
    "takes an end tag inside a string for text",
    call('{"text": "</tool_call>"}'),
    answer({ toolCalls: [called('{"text": "</tool_call>"}')] }),
  ],
  [
    "tells a name from another that begins with it",
    call("{}", "get"),
    answer({ toolCalls: [called("{}", "get")] }),
  ],
  [
    "reads several calls, whatever white space is between them",
    `${call()}\n \n${call("{}", "time")}${call()}`,
    answer({ toolCalls: [called(), called("{}", "time"), called()] }),
  ],
  [
    "reads a call with the fields in the other order",
    `<tool_call>\n{ "arguments" : ${hardArguments} , "name": "time" }\n</tool_call>`,
    answer({ toolCalls: [called(hardArguments, "time")] }),
  ],
  [
    "keeps text between and behind calls, without the white space behind a call",
    `a\n${call()}\nb \n${call()} c\n`,
    answer({ content: "a\nb \nc\n", toolCalls: [called(), called()] }),
  ],
  [
    "takes a call inside the thinking for thinking",
    `<think>${call()}</think>`,
    answer({ reasoning: call() }),
  ],
  [
    "reads a call behind the thinking",
    `<think>\nso\n</think>\n\n${call()}`,
    answer({ reasoning: "so", toolCalls: [called()] }),
  ],
  [
    "takes all that follows the thinking for content where there are no tools",
    `<think>a</think>${call()}`,
    answer({ reasoning: "a", content: call() }),
    { ...qwen, tools: null },
  ],
  [
    "takes an answer of white space alone for content",
    " \n ",
    answer({ content: " \n " }),
    { ...qwen, reasoning: null },
  ],
  [
    "keeps the white space that the content begins with",
    ` \nb${call()}`,
    answer({ content: " \nb", toolCalls: [called()] }),
  ],
  ["leaves an unknown name in the content", call("{}", "nope"), answer({ content: call("{}", "nope") })],
  [
    "leaves the beginning of a name in the content",
    call("{}", "get_w"),
    answer({ content: call("{}", "get_w") }),
  ],
  ["leaves arguments that are no object in the content", call('"{}"'), answer({ content: call('"{}"') })],
  [
    "leaves a field too many in the content",
    '<tool_call>{"id": 1, "name": "time", "arguments": {}}</tool_call>',
    answer({ content: '<tool_call>{"id": 1, "name": "time", "arguments": {}}</tool_call>' }),
  ],
  [
    "leaves broken JSON in the content",
    "<tool_call>\n{'name': 'time'}\n</tool_call>",
    answer({ content: "<tool_call>\n{'name': 'time'}\n</tool_call>" }),
  ],
  [
    "leaves a field with white space in its name in the content",
    '<tool_call>{"na me": "time", "arguments": {}}</tool_call>',
    answer({ content: '<tool_call>{"na me": "time", "arguments": {}}</tool_call>' }),
  ],
  [
    "leaves the other order with an unknown name in the content",
    '<tool_call>{"arguments": {}, "name": "nope"}</tool_call>',
    answer({ content: '<tool_call>{"arguments": {}, "name": "nope"}</tool_call>' }),
  ],
  [
    "leaves the other order with broken arguments in the content",
    '<tool_call>{"arguments": {a}, "name": "time"}</tool_call>',
    answer({ content: '<tool_call>{"arguments": {a}, "name": "time"}</tool_call>' }),
  ],
  [
    "leaves the other order without an end in the content",
    '<tool_call>{"arguments": {"a": 1}, "na',
    answer({ content: '<tool_call>{"arguments": {"a": 1}, "na' }),
  ],
  [
    "finds a call right behind what was none",
    `<tool_call>\n<tool_call>{"name": "${call()}`,
    answer({ content: '<tool_call>\n<tool_call>{"name": "', toolCalls: [called()] }),
  ],
  [
    "finds a tag that begins inside one that breaks off",
    `<<tool_<${call()}`,
    answer({ content: "<<tool_<", toolCalls: [called()] }),
  ],
  ["leaves half a start tag at the end in the content", "a <tool_ca", answer({ content: "a <tool_ca" })],
  [
    "leaves a call that ends before its arguments in the content",
    '<tool_call>\n{"name": "get_weather", "argu',
    answer({ content: '<tool_call>\n{"name": "get_weather", "argu' }),
  ],
  [
    "takes complete arguments for a call where the object's brace and the end tag are missing",
    header + paris,
    answer({ toolCalls: [called()] }),
  ],
  [
    "takes complete arguments for a call where only the object's brace is missing",
    `${header + paris}\n</tool_call>b`,
    answer({ content: "b", toolCalls: [called()] }),
  ],
  [
    "takes complete arguments for a call where half the end tag is missing",
    `${header + paris}}\n</tool_`,
    answer({ toolCalls: [called()] }),
  ],
  [
    "reads a call behind one without an end tag",
    `${header + paris}}\n${call()}`,
    answer({ toolCalls: [called(), called()] }),
  ],
  [
    "keeps what stands where an end tag should",
    `${header + paris}}\n</tool_x>`,
    answer({ content: "</tool_x>", toolCalls: [called()] }),
  ],
  [
    "keeps a brace too many",
    `${header + paris}}}\n</tool_call>`,
    answer({ content: "}\n</tool_call>", toolCalls: [called()] }),
  ],
  [
    "reads an object without tags as a call",
    'a {"name": "time", "parameters": {"a": {}}} b',
    answer({ content: "a b", toolCalls: [called('{"a": {}}', "time")] }),
    llama,
  ],
  [
    "leaves an object without tags that is no call in the content",
    '{{"a": {"name": "nope", "parameters": {}}}',
    answer({ content: '{{"a": {"name": "nope", "parameters": {}}}' }),
    llama,
  ],
  [
    "knows no call where there are no names",
    call(),
    answer({ content: call() }),
    {
      reasoning: null,
      tools: {
        startTag: "<tool_call>",
        endTag: "",
        nameField: "name",
        argumentsField: "arguments",
        names: [],
      },
    },
  ],
  [
    "reads a name that JSON has to escape",
    '<tool_call>{"name": "a\\"b", "arguments": {}}</tool_call>',
    answer({ toolCalls: [called("{}", 'a"b')] }),
    {
      reasoning: null,
      tools: {
        startTag: "<tool_call>",
        endTag: "</tool_call>",
        nameField: "name",
        argumentsField: "arguments",
        names: ['a"b'],
      },
    },
  ],
];

describe("an answer", () => {
  for (const [name, text, expected, format] of cases) {
    test(`${name}`, () => {
      assert.deepEqual(parse(text, format), expected);
    });

    test(`${name}, code unit by code unit`, () => {
      assert.deepEqual(stream(text.split(""), format), expected);
    });
  }

  test("has arguments that have not ended in its content, as they were written", () => {
    const text = `a\n${call()}\n${header}{"city": "Par`;
    assert.deepEqual(parse(text), answer({ content: `a\n${header}{"city": "Par`, toolCalls: [called()] }));
  });

  test("has sent arguments that have not ended where it is streamed", () => {
    const text = `a\n${header}{"city": "Par`;
    assert.deepEqual(stream([text]), answer({ content: "a\n", toolCalls: [called('{"city": "Par')] }));
  });
});
