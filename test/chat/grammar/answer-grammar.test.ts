import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { type AnswerShape, answerGrammar, type CallShape } from "#weir/chat/grammar/answer-grammar.js";
import type { ReasoningFormat } from "#weir/prompt/prompt.js";
import { GrammarTexts } from "../../support/llama-grammar.js";

const format = {
  startTag: "<tool_call>",
  endTag: "</tool_call>",
  nameField: "name",
  argumentsField: "arguments",
  names: ["get", "put"],
};

/** `get` takes nothing, `put` takes a letter. */
const calls: CallShape = {
  format,
  arguments: [
    { rules: 'tool0-root ::= "{}"', root: "tool0-root" },
    { rules: 'tool1-root ::= "{\\"x\\":\\"" [a-z] "\\"}"', root: "tool1-root" },
  ],
  isRequired: false,
  isParallel: true,
};
const yesOrNo = { rules: 'root ::= "yes" | "no"', root: "root" };

const get = '<tool_call>\n{"name": "get", "arguments": {}}\n</tool_call>';
const put = '<tool_call>\n{"name": "put", "arguments": {"x":"a"}}\n</tool_call>';
const dense = '<tool_call>{"name":"get","arguments":{}}</tool_call>';

/** Calls that are none of the tools', or not whole. */
const wrongCalls = [
  '<tool_call>\n{"name": "delete", "arguments": {}}\n</tool_call>',
  '<tool_call>\n{"name": "get", "arguments": {"x":"a"}}\n</tool_call>',
  '<tool_call>\n{"name": "put", "arguments": {}}\n</tool_call>',
  '<tool_call>\n{"arguments": {}, "name": "get"}\n</tool_call>',
  '<tool_call>\n{"name": "get"}\n</tool_call>',
  '<tool_call>\n{"name": "get", "arguments": {}}\n',
  '<tool_call>\n{"name": "get", "arguments": {}\n</tool_call>',
  "<tool_call>",
  "<tool_call>\n</tool_call>",
  "<tool_call> is how a call begins",
  `<tool_call>${" ".repeat(17)}{"name": "get", "arguments": {}}</tool_call>`,
];

const tags = { startTag: "<think>", endTag: "</think>" };
const undecided: ReasoningFormat = { ...tags, open: false };
const open: ReasoningFormat = { ...tags, open: true };

interface Case {
  readonly what: string;
  readonly shape: AnswerShape;
  readonly reasoning: ReasoningFormat | null;
  readonly accepted: readonly string[];
  readonly refused: readonly string[];
}

const cases: readonly Case[] = [
  {
    what: "tools that may be called",
    shape: { content: null, calls },
    reasoning: null,
    accepted: [
      "",
      "hello",
      "a < b, <tool, <tool_ and </tool_call>",
      get,
      dense,
      put,
      `Let me see.\n${get}`,
      `${get}\n${put}`,
      `${get}${put}${get}`,
      `${get}\n`,
      `${get}\nThat is it.`,
      `one ${get} two ${put} three`,
    ],
    refused: [
      ...wrongCalls,
      ...wrongCalls.map((call) => `Let me see. ${call}`),
      ...wrongCalls.map((call) => `${get}\n${call}`),
    ],
  },
  {
    what: "one tool that may be called",
    shape: { content: null, calls: { ...calls, isParallel: false } },
    reasoning: null,
    accepted: ["", "hello", get, `text ${put}`, `${get}\n`, `${get} and text, <tool_cal`],
    refused: [...wrongCalls, `${get}\n${put}`, `${get} text ${put}`, `${get}<tool_call>`],
  },
  {
    what: "tools that must be called",
    shape: { content: null, calls: { ...calls, isRequired: true } },
    reasoning: null,
    accepted: [get, dense, put, `${get}\n${put}`, `${get}${put}\n\n`],
    refused: ["", "hello", `hello ${get}`, `${get} hello`, ` ${get}`, ...wrongCalls],
  },
  {
    what: "one tool that must be called",
    shape: { content: null, calls: { ...calls, isRequired: true, isParallel: false } },
    reasoning: null,
    accepted: [get, put, `${get}\n`],
    refused: ["", "hello", `${get}\n${put}`, `${get}${get}`, ...wrongCalls],
  },
  {
    what: "content of a grammar",
    shape: { content: yesOrNo, calls: null },
    reasoning: null,
    accepted: ["yes", "no"],
    refused: ["", "maybe", "yesno", " yes", "yes ", get, "<think>\n</think>yes"],
  },
  {
    what: "content of a grammar, or calls",
    shape: { content: yesOrNo, calls },
    reasoning: null,
    accepted: ["yes", "no", get, `${get}\n${put}`],
    refused: ["", "maybe", `yes ${get}`, `${get} yes`, ...wrongCalls],
  },
  {
    what: "content of a grammar behind thinking, where it comes",
    shape: { content: yesOrNo, calls: null },
    reasoning: undecided,
    accepted: [
      "yes",
      "<think></think>yes",
      "<think>\nlet me see\n</think>\n\nyes",
      "\n<think>no < yes, <think>, </thin</think>no",
      `<think>${get} ${wrongCalls[0]}</think>yes`,
    ],
    refused: [
      "",
      "<think>yes",
      "<think>\nyes\n</think>",
      "let me see</think>yes",
      "<think>a</think>maybe",
      "<think>a</think>yes</think>",
      "<thin>a</think>yes",
      `<think>a</think>${" ".repeat(17)}yes`,
    ],
  },
  {
    what: "content of a grammar behind thinking that the prompt has opened",
    shape: { content: yesOrNo, calls: null },
    reasoning: open,
    accepted: ["</think>yes", "\nlet me see\n</think>\n\nno", "<think></think>yes"],
    refused: ["", "yes", "yes</think>", "a</think>maybe", "a</think></think>yes"],
  },
  {
    what: "tools that may be called behind thinking",
    shape: { content: null, calls },
    reasoning: undecided,
    accepted: [
      "",
      "hello",
      get,
      "<think>it was cut off",
      `<think>${wrongCalls[0]}`,
      `<think>a ${wrongCalls[0]}</think>`,
      `<think>a ${wrongCalls[0]}</think>\n\nhello ${get}`,
    ],
    refused: [...wrongCalls, `<think>a</think>${wrongCalls[0]}`],
  },
  {
    what: "tools that must be called behind thinking that the prompt has opened",
    shape: { content: null, calls: { ...calls, isRequired: true } },
    reasoning: open,
    accepted: [`</think>${get}`, `a ${wrongCalls[0]}\n</think>\n\n${get}\n${put}`],
    refused: ["", get, "a</think>", "a</think>hello", `a</think>${wrongCalls[0]}`],
  },
  {
    what: "a tool whose calls have no end tag and other fields",
    shape: {
      content: null,
      calls: {
        ...calls,
        format: {
          startTag: "[CALL]",
          endTag: "",
          nameField: 'the "name"',
          argumentsField: "parameters",
          names: ['a "quoted" name', "put"],
        },
      },
    },
    reasoning: null,
    accepted: [
      "hello",
      `[CALL]{${JSON.stringify('the "name"')}: ${JSON.stringify('a "quoted" name')}, "parameters": {}}`,
    ],
    refused: ["[CALL]", '[CALL]{"name": "put", "parameters": {"x":"a"}}'],
  },
];

let grammars: GrammarTexts;
before(async () => {
  grammars = await GrammarTexts.open();
});
after(() => grammars.close());

for (const { what, shape, reasoning, accepted, refused } of cases) {
  describe(`the grammar of ${what}`, () => {
    let accepts: (text: string) => boolean;
    before(async () => {
      const { gbnf = "", root = "" } = answerGrammar(shape, reasoning) ?? {};
      accepts = await grammars.acceptor(gbnf, root);
    });

    test("takes every answer that is right", () => {
      assert.deepEqual(
        accepted.filter((text) => !accepts(text)),
        [],
      );
    });

    test("takes no answer that is wrong", () => {
      assert.deepEqual(
        refused.filter((text) => accepts(text)),
        [],
      );
    });
  });
}

test("an answer that may be any text has no grammar, whether it thinks or not", () => {
  for (const reasoning of [null, undecided, open])
    assert.equal(answerGrammar({ content: null, calls: null }, reasoning), null);
});
