import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ReasoningSplitter } from "#weir/chat/reasoning-splitter.js";
import type { ReasoningFormat } from "#weir/prompt/prompt.js";

const closed: ReasoningFormat = { startTag: "<think>", endTag: "</think>", open: false };
const open: ReasoningFormat = { ...closed, open: true };

function split(pieces: readonly string[], format: ReasoningFormat | null = closed) {
  const splitter = new ReasoningSplitter(format);
  const deltas = [...pieces.map((piece) => splitter.push(piece)), splitter.end()];
  return {
    reasoning: deltas.map((delta) => delta.reasoning).join(""),
    content: deltas.map((delta) => delta.content).join(""),
  };
}

const cases: readonly [string, string, ReasoningFormat | null, { reasoning: string; content: string }][] = [
  [
    "drops the white space around the tags",
    "<think>\nfoo\n</think>\n\nbar",
    closed,
    { reasoning: "foo", content: "bar" },
  ],
  [
    "keeps the white space inside the thinking",
    "<think>a \n\n b</think>c",
    closed,
    { reasoning: "a \n\n b", content: "c" },
  ],
  [
    "keeps the white space at the end of the content",
    "<think>a</think>b\n",
    closed,
    { reasoning: "a", content: "b\n" },
  ],
  ["takes an answer without a tag as content", " plain\n", closed, { reasoning: "", content: " plain\n" }],
  ["finds a start tag behind white space", "\n <think>a</think>b", closed, { reasoning: "a", content: "b" }],
  [
    "leaves a tag further on in the content",
    "a <think>b</think>",
    closed,
    { reasoning: "", content: "a <think>b</think>" },
  ],
  [
    "leaves a second block in the content",
    "<think>a</think>b<think>c</think>",
    closed,
    { reasoning: "a", content: "b<think>c</think>" },
  ],
  [
    "finds nothing in an empty block",
    "<think>\n\n</think>\n\nbar",
    closed,
    { reasoning: "", content: "bar" },
  ],
  [
    "takes thinking that never ends as thinking",
    "<think>\nfoo </thi",
    closed,
    { reasoning: "foo </thi", content: "" },
  ],
  ["takes half a start tag as content", " <thi", closed, { reasoning: "", content: " <thi" }],
  ["takes white space alone as content", " \n", closed, { reasoning: "", content: " \n" }],
  [
    "is not misled by a tag that almost ends",
    "<think>a</<</think>b",
    closed,
    { reasoning: "a</<", content: "b" },
  ],
  [
    "starts in the thinking where the prompt left it open",
    "\nfoo</think>bar",
    open,
    { reasoning: "foo", content: "bar" },
  ],
  [
    "passes everything on for a model that does not think",
    "<think>a</think>b",
    null,
    { reasoning: "", content: "<think>a</think>b" },
  ],
];

describe("the reasoning splitter", () => {
  for (const [name, text, format, expected] of cases) {
    test(name, () => {
      assert.deepEqual(split([text], format), expected);
    });

    test(`${name}, character by character`, () => {
      assert.deepEqual(split([...text], format), expected);
    });
  }

  test("gives the same texts however the answer is cut", () => {
    const random = randomNumbers(7);
    for (let round = 0; round < 3_000; round++) {
      const text = randomAnswer(random);
      const format = random() < 0.5 ? open : closed;
      assert.deepEqual(split(cut(text, random), format), split([text], format), JSON.stringify(text));
    }
  });

  test("sends thinking on at once", () => {
    const splitter = new ReasoningSplitter(closed);
    splitter.push("<think>");
    assert.deepEqual(splitter.push("so"), { reasoning: "so", content: "" });
  });

  test("takes time in proportion to a long run of white space", { timeout: 5_000 }, () => {
    const pieces = ["<think>a", ...Array.from({ length: 200_000 }, () => "\n"), "b"];
    assert.equal(split(pieces).reasoning.length, 200_002);
  });
});

function randomAnswer(random: () => number): string {
  const parts = ["<think>", "</think>", "<", "</", "think>", "\n", " ", "a", "é", "\n\n", "</thi"];
  const length = Math.floor(random() * 12);
  return Array.from({ length }, () => parts[Math.floor(random() * parts.length)]).join("");
}

function cut(text: string, random: () => number): string[] {
  const pieces: string[] = [];
  for (let from = 0; from < text.length; ) {
    const to = from + 1 + Math.floor(random() * 4);
    pieces.push(text.slice(from, to));
    from = to;
  }
  return pieces;
}

/** mulberry32: a failure comes back with its seed. */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
