import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { AnswerParser, type ParsedAnswer } from "#weir/chat/answer-parser.js";
import { randomNumbers } from "../support/random.js";
import { call, called, header, llama, paris, parse, qwen, stream, streamWhole } from "./answer-builder.js";

const openThinking = { startTag: "<think>", endTag: "</think>", open: true };

describe("a streamed answer", () => {
  test("is the same however it is cut", () => {
    const below = randomNumbers(11);
    for (let round = 0; round < 4_000; round++) {
      const text = randomText(below);
      const format = { ...qwen, reasoning: below(2) === 0 ? qwen.reasoning : openThinking };
      const message = JSON.stringify(text);
      assert.deepEqual(stream(cut(text, below), format), stream([text], format), message);
      assert.deepEqual(streamWhole(text.split(""), format), parse(text, format), message);
    }
  });

  test("without tags is the same however it is cut", () => {
    const below = randomNumbers(12);
    for (let round = 0; round < 2_000; round++) {
      const text = randomText(below).replaceAll("arguments", "parameters");
      assert.deepEqual(stream(cut(text, below), llama), stream([text], llama), JSON.stringify(text));
    }
  });

  test("has each call and each text that was written", () => {
    const below = randomNumbers(13);
    for (let round = 0; round < 2_000; round++) {
      const { text, expected } = randomAnswer(below);
      assert.deepEqual(stream(cut(text, below)), expected, JSON.stringify(text));
    }
  });

  test("sends content at once", () => {
    const parser = new AnswerParser(qwen);
    assert.equal(parser.push("a").content, "a");
  });

  test("holds back a text only as long as it may be a call's", () => {
    const parser = new AnswerParser(qwen);
    const pieces = ["a<", "tool_call>{", '"name"', ': "ti', "pe"];
    const contents = pieces.map((piece) => parser.push(piece).content);
    assert.deepEqual(contents, ["a", "", "", "", '<tool_call>{"name": "tipe']);
  });

  test("sends the name as soon as the arguments begin", () => {
    const parser = new AnswerParser(qwen);
    const pieces = ["<tool_call>", '\n{"name": "get_weather", ', '"arguments": ', "{"];
    const deltas = pieces.map((piece) => parser.push(piece).toolCalls);
    assert.deepEqual(deltas, [[], [], [], [{ index: 0, name: "get_weather", arguments: "{" }]]);
  });

  test("sends the arguments in pieces as they come", () => {
    const parser = new AnswerParser(qwen);
    parser.push(`${header}{`);
    const deltas = ['"city": ', '"Par', 'is"}', "}"].flatMap((piece) => parser.push(piece).toolCalls);
    assert.deepEqual(deltas, [
      { index: 0, arguments: '"city": ' },
      { index: 0, arguments: '"Par' },
      { index: 0, arguments: 'is"}' },
    ]);
  });

  test("sends a call in the other order in one piece", () => {
    const parser = new AnswerParser(qwen);
    const pieces = ['<tool_call>{"arguments": {', '"a": 1}', ', "name": "time"', "}"];
    const deltas = pieces.flatMap((piece) => parser.push(piece).toolCalls);
    assert.deepEqual(deltas, [{ index: 0, name: "time", arguments: '{"a": 1}' }]);
  });
});

describe("a push touched the content", () => {
  const touched = (pieces: readonly string[]) => {
    const parser = new AnswerParser(qwen);
    return pieces.map((piece) => {
      parser.push(piece);
      return parser.touchedContent;
    });
  };

  test("not where it was thinking, its tags or white space around them", () => {
    const pieces = ["\n", "<think>", "\n", "so", "", "\n", "</think>", "\n\n", "Hi"];
    assert.deepEqual(touched(pieces), [...pieces.slice(1).map(() => false), true]);
  });

  test("where it ended the thinking and began the content", () => {
    assert.deepEqual(touched(["<think>so", "</think>Hi"]), [false, true]);
  });

  test("where it was part of a call, shown or held back", () => {
    const pieces = ["a", "<tool", "_call>", '{"name": "time", ', '"arguments": {', "}", "}</tool_call>"];
    assert.deepEqual(
      touched(pieces),
      pieces.map(() => true),
    );
  });

  test("where it ended within a character of the content", () => {
    assert.deepEqual(touched(["a", "", "🦉"]), [true, true, true]);
  });

  test("or not, which is open while a start tag of thinking may follow", () => {
    const parser = new AnswerParser(qwen);
    const undecided = ["\n", "<", "b"].map((piece) => {
      parser.push(piece);
      return parser.undecided;
    });
    assert.deepEqual([undecided, parser.touchedContent], [[true, true, false], true]);
  });
});

/** Parts of calls, and of what comes near to one. */
function randomText(below: (limit: number) => number): string {
  const parts = [
    ...[
      "<think>",
      "</think>",
      "</thi",
      "<tool_call>",
      "</tool_call>",
      "<tool_",
      "</tool_",
      "<",
      "a",
      "🦉",
      "\ud83e",
    ],
    ...[
      " ",
      "\n",
      "{",
      "}",
      '"',
      "\\",
      '\\"',
      ":",
      ",",
      '"name"',
      '"arguments"',
      '"time"',
      '"get',
      "{}",
      paris,
    ],
    ...[
      '{"name": "time", "arguments": {',
      '{"arguments": {',
      ', "name": "get"}',
      '{"name": "',
      call(),
      header,
    ],
  ];
  return Array.from({ length: below(14) }, () => parts[below(parts.length)]).join("");
}

/** An answer in order, and what it has to come to. */
function randomAnswer(below: (limit: number) => number): { text: string; expected: ParsedAnswer } {
  let text = below(2) === 0 ? "" : "<think>\nso <tool_call>\n</think>\n\n";
  const [toolCalls, reasoning] = [
    [] as ParsedAnswer["toolCalls"][number][],
    text === "" ? "" : "so <tool_call>",
  ];
  let content = "";
  for (let part = below(5); part >= 0; part--) {
    if (below(2) === 0) {
      const written =
        ["Let me see. ", "<tool_call> {", "a <tool_cal b", '{"name": "time"}', "🦉\n"][below(5)] ?? "";
      text += written;
      content += written;
    } else {
      const depth = below(4);
      const argumentsText = `${'{"a{": '.repeat(depth)}{"🦉": "\\"}\\\\"}${"}".repeat(depth)}`;
      const space = ["", " ", "\n\n"][below(3)] ?? "";
      text += call(argumentsText, "time") + space;
      toolCalls.push(called(argumentsText, "time"));
    }
  }
  return { text, expected: { reasoning, content, toolCalls } };
}

function cut(text: string, below: (limit: number) => number): string[] {
  const pieces: string[] = [];
  for (let from = 0; from < text.length; ) {
    const to = from + below(6);
    pieces.push(text.slice(from, to));
    from = to;
  }
  return pieces;
}
