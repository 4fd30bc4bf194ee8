import assert from "node:assert/strict";
import { test } from "node:test";
import { StopMatcher } from "#weir/engine/stop-matcher.js";

function feed(stops: string[], pieces: string[]): { shown: string; matched: string | null } {
  const matcher = new StopMatcher(stops);
  let shown = "";
  for (const piece of pieces) {
    shown += matcher.append(piece);
    if (matcher.matched !== null) return { shown, matched: matcher.matched };
  }
  return { shown: shown + matcher.end(), matched: null };
}

test("text without stop strings passes at once", () => {
  assert.equal(new StopMatcher([]).append("any text"), "any text");
});

test("a stop string inside a piece cuts it", () => {
  assert.deepEqual(feed(["END"], ["abcENDdef"]), { shown: "abc", matched: "END" });
});

test("a stop string over three pieces is never shown in part", () => {
  assert.deepEqual(feed(["<end>"], ["a<", "en", "d>b"]), { shown: "a", matched: "<end>" });
});

test("what looked like a stop string is shown once it is not one", () => {
  assert.deepEqual(feed(["<end>"], ["a<en", "ough>"]), { shown: "a<enough>", matched: null });
});

test("an unfinished stop string is shown at the end", () => {
  assert.deepEqual(feed(["<end>"], ["a<en"]), { shown: "a<en", matched: null });
});

test("the earliest of several stop strings wins", () => {
  assert.deepEqual(feed(["late", "or"], ["sooner or later"]), { shown: "sooner ", matched: "or" });
});

test("a stop string that overlaps itself is found", () => {
  assert.deepEqual(feed(["aab"], ["aa", "ab", "c"]), { shown: "a", matched: "aab" });
});

test("any way of cutting the text gives the same result", () => {
  const text = "xaabaabyaabz";
  for (let cut = 0; cut < 2 ** (text.length - 1); cut += 7) {
    const pieces = [""];
    for (const [index, letter] of [...text].entries()) {
      if ((cut >> index) & 1) pieces.push("");
      pieces.push((pieces.pop() ?? "") + letter);
    }
    assert.deepEqual(feed(["aaby"], pieces), { shown: "xaab", matched: "aaby" });
  }
});
