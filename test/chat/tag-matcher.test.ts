import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { TagMatcher } from "#weir/chat/tag-matcher.js";
import { randomNumbers } from "../support/random.js";

/** What stands before each tag and behind the last one. */
function split(tag: string, pieces: readonly string[]): string[] {
  const matcher = new TagMatcher(tag);
  const texts = [""];
  for (const piece of pieces) {
    for (let at = 0; at >= 0 && at < piece.length; ) {
      const { before, end } = matcher.read(piece, at);
      texts.push((texts.pop() ?? "") + before);
      if (end >= 0) texts.push("");
      at = end;
    }
  }
  return [...texts.slice(0, -1), (texts.at(-1) ?? "") + matcher.partialTag];
}

describe("the tag matcher", () => {
  test("finds a tag behind a longer beginning of itself", () => {
    assert.deepEqual(split("<<a", ["<<<a"]), ["<", ""]);
  });

  test("finds what String.split finds, character by character", () => {
    const below = randomNumbers(5);
    for (let round = 0; round < 2_000; round++) {
      const tag = randomLetters(below, 1 + below(6));
      const text = randomLetters(below, below(40));
      assert.deepEqual(split(tag, text.split("")), text.split(tag), `${tag} in ${text}`);
    }
  });
});

function randomLetters(below: (limit: number) => number, length: number): string {
  return Array.from({ length }, () => "ab"[below(2)]).join("");
}
