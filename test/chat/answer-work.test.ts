import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { AnswerParser } from "#weir/chat/answer-parser.js";
import { answer, call, called, header, parse, qwen, stream } from "./answer-builder.js";

describe("the work for a piece does not grow", () => {
  const count = 100_000;
  /** The most text that was held back at any time. */
  const mostHeld = (pieces: Iterable<string>): number => {
    const parser = new AnswerParser(qwen);
    let [pushed, sent, most] = [0, 0, 0];
    for (const piece of pieces) {
      const delta = parser.push(piece);
      pushed += piece.length;
      sent += delta.content.length + delta.reasoning.length;
      for (const each of delta.toolCalls) sent += each.arguments.length;
      most = Math.max(most, pushed - sent);
    }
    return most;
  };

  test("in content: no more than a start tag is held back", () => {
    assert.ok(mostHeld(repeat("word ", count)) < "<tool_call>".length);
  });

  test("in start tags that break off: no more than one is held back", () => {
    assert.ok(mostHeld(repeat("<tool_call", count)) <= "<tool_call".length);
  });

  test("in start tags that nothing follows: no more than one is held back", () => {
    assert.ok(mostHeld(repeat('<tool_call>{"name": "', count)) <= 2 * '<tool_call>{"name": "'.length);
  });

  test("in arguments: nothing but the words around them is held back", () => {
    const text = call(`{"text": "${"\\\\ { ".repeat(count)}"}`);
    assert.ok(mostHeld(text) < header.length + '}"\n</tool_call>'.length);
  });

  test("in a million characters of one string, one a piece", { timeout: 10_000 }, () => {
    const text = call(`{"text": "${"a".repeat(1_000_000)}"}`);
    assert.equal(stream(text.split("")).toolCalls[0]?.arguments.length, 1_000_012);
  });

  test("in a long run of white space behind a tag", { timeout: 10_000 }, () => {
    const text = `<tool_call>${" ".repeat(count)}{"name": "time", "arguments": {}}${" ".repeat(count)}</tool_call>`;
    assert.deepEqual(stream(text.split("")), answer({ toolCalls: [called("{}", "time")] }));
  });

  test("in a long object in the other order", { timeout: 10_000 }, () => {
    const text = `<tool_call>{"arguments": {"text": "${"a".repeat(1_000_000)}"}, "name": "nope"}`;
    assert.equal(stream(text.split("")).content, text);
  });

  test("in a whole answer of many half end tags", { timeout: 10_000 }, () => {
    const text = `${header}{}}</tool_`.repeat(20_000);
    assert.equal(parse(text).toolCalls.length, 20_000);
  });
});

function* repeat(piece: string, count: number): Generator<string> {
  for (let index = 0; index < count; index++) yield piece;
}
