import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Answer, Choice } from "../../bench/parity/answer.js";
import { compare } from "../../bench/parity/compare.js";
import { codeCell, quotePair } from "../../bench/parity/quote.js";
import { readAnswer } from "../../bench/parity/read-answer.js";
import { reasons } from "../../bench/parity/reasons.js";
import { topics } from "../../bench/parity/requests/index.js";

const names = topics.flatMap(({ requests }) => requests.map(({ name }) => name));

describe("the requests of the parity report", () => {
  test("have names of their own", () => {
    assert.equal(new Set(names).size, names.length);
  });

  test("are more than a hundred", () => {
    assert.ok(names.length > 100, `${names.length}`);
  });

  test("are those that the reasons speak of", () => {
    const unknown = reasons.flatMap(({ of }) => of).filter((name) => !names.includes(name));
    assert.deepEqual(unknown, []);
  });

  test("have one reason at most for each part of their answers", () => {
    const claims = reasons.flatMap(({ on, of }) =>
      of.flatMap((name) => on.map((field) => `${name}: ${field}`)),
    );
    assert.equal(new Set(claims).size, claims.length);
  });
});

const said: Choice = { content: "hi", reasoning: "", toolCalls: [], finishReason: "stop", logprobs: [] };

function answer(fields: Partial<Answer> = {}, choice: Partial<Choice> = {}): Answer {
  return {
    status: 200,
    failure: null,
    error: null,
    choices: [{ ...said, ...choice }],
    promptTokens: 3,
    completionTokens: 2,
    body: null,
    ...fields,
  };
}

const fieldsOf = (weir: Answer, other: Answer) => compare(weir, other).map(({ field }) => field);

describe("two answers", () => {
  test("are the same where every part is", () => {
    assert.deepEqual(fieldsOf(answer(), answer()), []);
  });

  test("differ in text and token counts", () => {
    assert.deepEqual(fieldsOf(answer(), answer({ completionTokens: 3 }, { content: "hi\n" })), [
      "content",
      "completion tokens",
    ]);
  });

  test("are the same where arguments differ in white space alone", () => {
    const calls = (text: string) => answer({}, { toolCalls: [{ name: "f", arguments: text }] });
    assert.deepEqual(fieldsOf(calls('{"a": 1}'), calls('{"a":1}')), []);
    assert.deepEqual(fieldsOf(calls('{"a": 1}'), calls('{"a":2}')), ["tool calls"]);
  });

  test("are the same where log-probabilities differ by rounding", () => {
    const at = (logprob: number) => answer({}, { logprobs: [{ token: "a", bytes: [97], logprob, top: [] }] });
    assert.deepEqual(fieldsOf(at(-1), at(-1.0005)), []);
    assert.deepEqual(fieldsOf(at(-1), at(-1.002)), ["logprobs"]);
  });

  test("differ in status alone where one is a refusal", () => {
    assert.deepEqual(fieldsOf(answer(), answer({ status: 400, error: "no", choices: [] })), ["status"]);
  });
});

describe("a reply", () => {
  test("is read from a stream as from a whole response", () => {
    const whole = readAnswer(
      200,
      "application/json",
      JSON.stringify({
        choices: [
          {
            index: 0,
            message: {
              content: "hi",
              reasoning_content: "hm",
              tool_calls: [{ function: { name: "f", arguments: "{}" } }],
            },
            finish_reason: "tool_calls",
          },
        ],
        usage: { prompt_tokens: 3, completion_tokens: 2 },
      }),
    );
    const deltas = [
      { reasoning_content: "hm" },
      { content: "h" },
      { content: "i" },
      { tool_calls: [{ index: 0, function: { name: "f", arguments: "" } }] },
      { tool_calls: [{ index: 0, function: { arguments: "{}" } }] },
    ];
    const chunks = [
      ...deltas.map((delta) => ({ choices: [{ index: 0, delta }] })),
      { choices: [{ index: 0, delta: {}, finish_reason: "tool_calls" }] },
      { choices: [], usage: { prompt_tokens: 3, completion_tokens: 2 } },
    ];
    const text = chunks.map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`).join("");
    assert.deepEqual(readAnswer(200, "text/event-stream", `${text}data: [DONE]\n\n`), whole);
  });

  test("is a failure where a stream breaks off with an error", () => {
    const text =
      'data: {"choices":[{"index":0,"delta":{"content":"h"}}]}\n\ndata: {"error":{"message":"broken"}}\n\n';
    assert.equal(readAnswer(200, "text/event-stream", text).failure, "broken");
  });
});

describe("a difference in the report", () => {
  test("is quoted from shortly before where it begins", () => {
    assert.deepEqual(quotePair(`${"a".repeat(50)}b`, `${"a".repeat(50)}c`), [
      `…${"a".repeat(12)}b`,
      `…${"a".repeat(12)}c`,
    ]);
  });

  test("does not break the table", () => {
    assert.equal(codeCell("a|b\n"), "`a\\|b\\n`");
    assert.equal(codeCell("a`b"), "`` a`b ``");
  });
});
