import assert from "node:assert/strict";
import { test } from "node:test";
import type { Prompt } from "#weir/prompt/prompt.js";
import { prefixMarks } from "#weir/server/prefix-marks.js";

function chat(...texts: readonly string[]): Prompt {
  return {
    kind: "chat",
    messages: texts.map((content) => ({ role: "user", content })),
    tools: [],
    templateArguments: {},
    continuesFinalMessage: false,
    opensAnswer: true,
    calls: null,
    content: null,
    thinkingBudgetTokens: -1,
  };
}

function text(content: string): Prompt {
  return { kind: "text", text: content, suffix: "", echo: "none", content: null };
}

test("the marks of a conversation begin those of its next turn", () => {
  const marks = prefixMarks("alice", chat("one", "two"));
  assert.deepEqual(prefixMarks("alice", chat("one", "two", "three")).slice(0, 2), marks);
});

test("a conversation that begins otherwise shares no mark, whatever comes later", () => {
  const marks = new Set(prefixMarks("alice", chat("one", "two")));
  assert.deepEqual(
    prefixMarks("alice", chat("another", "two")).filter((mark) => marks.has(mark)),
    [],
  );
});

test("two tenants share no mark, and no mark shows a text", () => {
  const marks = prefixMarks("alice", chat("secret"));
  assert.deepEqual(
    prefixMarks("bob", chat("secret")).filter((mark) => marks.includes(mark)),
    [],
  );
  assert.doesNotMatch(marks.join(), /secret|alice/);
});

test("a message is told by its first 1,024 characters and its length", () => {
  const long = "a".repeat(1_000_000);
  const [mark] = prefixMarks("alice", chat(`${long}one`));
  for (const [content, isSame] of [
    [`${long}two`, true],
    [`${long}three`, false],
    [`b${long}on`, false],
  ] as const)
    assert.equal(prefixMarks("alice", chat(content))[0] === mark, isSame, content.slice(-6));
});

test("a message in parts is told by their order and what they say", () => {
  const parts = (...texts: readonly string[]): Prompt =>
    ({
      ...chat(),
      kind: "chat",
      messages: [{ role: "user", content: texts.map((one) => ({ type: "text", text: one })) }],
    }) as Prompt;
  const all = [parts("a", "b"), parts("b", "a"), parts("ab"), parts("a", "b", "")];
  assert.equal(new Set(all.map((one) => prefixMarks("alice", one)[0])).size, 4);
});

test("a text is told by blocks of 1,024 characters, and by 256 of them at most", () => {
  const long = "a".repeat(2048);
  assert.equal(prefixMarks("alice", text(`${long}b`)).length, 3);
  assert.deepEqual(prefixMarks("alice", text(`${long}b`)).slice(0, 2), prefixMarks("alice", text(long)));
  assert.equal(prefixMarks("alice", text("a".repeat(2 ** 20))).length, 256);
});
