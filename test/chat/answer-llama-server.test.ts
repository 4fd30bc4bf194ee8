import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { ParsedAnswer } from "#weir/chat/answer-parser.js";
import { answer, call, called, header, paris, parse } from "./answer-builder.js";

/**
 * What llama-server (llama.cpp v0.5.0) made of the echo model's answers with its Qwen3 template, streamed and not, with tools
 * get_weather and time; recorded on 2026-11-25. Where Weir's answer is another one, docs/decisions/0019 says why.
 */
const recorded: readonly [text: string, expected: ParsedAnswer][] = [
  ["Hello there.\n", answer({ content: "Hello there.\n" })],
  [call(), answer({ toolCalls: [called()] })],
  [`Let me see.${call()}`, answer({ content: "Let me see.", toolCalls: [called()] })],
  [`Let me see.\n${call()}`, answer({ content: "Let me see.\n", toolCalls: [called()] })],
  [`Let me see.\n\n  ${call()}`, answer({ content: "Let me see.\n\n  ", toolCalls: [called()] })],
  [`A \t${call()}`, answer({ content: "A \t", toolCalls: [called()] })],
  [`\n\n${call()}`, answer({ toolCalls: [called()] })],
  [
    `${call()}\n${call('{"city": "Rome"}', "time")}`,
    answer({ toolCalls: [called(), called('{"city": "Rome"}', "time")] }),
  ],
  [
    `${call()}${call('{"city": "Rome"}', "time")}`,
    answer({ toolCalls: [called(), called('{"city": "Rome"}', "time")] }),
  ],
  [`${call()}\n\n`, answer({ toolCalls: [called()] })],
  [call("{}"), answer({ toolCalls: [called("{}")] })],
  [
    call('{"text": "a \\"q\\" } \\\\ \\u00e9 {"}'),
    answer({ toolCalls: [called('{"text": "a \\"q\\" } \\\\ \\u00e9 {"}')] }),
  ],
  [call('{"n": {"a": [1, {"b": null}]}}'), answer({ toolCalls: [called('{"n": {"a": [1, {"b": null}]}}')] })],
  ["a <tool_cal b", answer({ content: "a <tool_cal b" })],
  // Answers that their limit of tokens ended.
  ["<tool_call>", answer({ content: "<tool_call>" })],
  ['<tool_call>\n{"', answer({ content: '<tool_call>\n{"' })],
  ['<tool_call>\n{"name": "get_weather', answer({ content: '<tool_call>\n{"name": "get_weather' })],
  [`${header + paris}}\n`, answer({ toolCalls: [called()] })],
];

describe("llama-server's answer is Weir's", () => {
  for (const [text, expected] of recorded) {
    test(`to ${JSON.stringify(text)}`, () => {
      assert.deepEqual(parse(text), expected);
    });
  }
});
