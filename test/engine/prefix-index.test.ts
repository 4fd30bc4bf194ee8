import assert from "node:assert/strict";
import { test } from "node:test";
import { randomStream } from "#weir/builder/random-numbers.js";
import { type Match, PrefixIndex } from "#weir/engine/prefix-index.js";

const tokens = (...values: number[]): Int32Array => Int32Array.from(values);

function matchesOf(index: PrefixIndex, ...prompt: number[]): Match[] {
  return [...index.matches("", tokens(...prompt))];
}

test("the longest match comes first, with how much it shares", () => {
  const index = new PrefixIndex();
  index.insert(0, "", tokens(1, 2));
  index.insert(1, "", tokens(1, 2, 3, 4));
  index.insert(2, "", tokens(9));
  assert.deepEqual(matchesOf(index, 1, 2, 3, 5), [
    { holder: 1, tokens: 3 },
    { holder: 0, tokens: 2 },
  ]);
});

test("a holder that goes on shares no more than the prompt has", () => {
  const index = new PrefixIndex();
  index.insert(0, "", tokens(1, 2, 3, 4));
  assert.deepEqual(matchesOf(index, 1, 2), [{ holder: 0, tokens: 2 }]);
});

test("a tenant finds nothing of another one", () => {
  const index = new PrefixIndex();
  index.insert(0, "a", tokens(1, 2, 3));
  assert.deepEqual([...index.matches("b", tokens(1, 2, 3))], []);
});

test("what a holder held before is forgotten", () => {
  const index = new PrefixIndex();
  index.insert(0, "", tokens(1, 2, 3));
  index.insert(0, "", tokens(1, 7));
  assert.deepEqual(matchesOf(index, 1, 2, 3), [{ holder: 0, tokens: 1 }]);
});

test("unique tokens are those that would be lost with their holder", () => {
  const index = new PrefixIndex();
  index.insert(0, "", tokens(1, 2, 3, 4));
  index.insert(1, "", tokens(1, 2));
  index.insert(2, "", tokens(1, 2));
  assert.deepEqual([index.uniqueTokens(0), index.uniqueTokens(1), index.uniqueTokens(9)], [2, 0, 0]);
});

test("after any insertions and removals it answers as a comparison with everybody does", () => {
  const next = randomStream(7, 0);
  const index = new PrefixIndex();
  const held = new Map<number, Int32Array>();
  const draw = (length: number): Int32Array => Int32Array.from({ length }, () => next() % 3);
  for (let round = 0; round < 5000; round++) {
    const holder = next() % 12;
    const content = next() % 4 === 0 ? tokens() : draw(1 + (next() % 10));
    index.insert(holder, "", content);
    held.set(holder, content);

    const prompt = draw(1 + (next() % 12));
    const expected = [...held]
      .map(([holder, content]) => ({ holder, tokens: commonPrefix(content, prompt) }))
      .filter(({ tokens }) => tokens > 0);
    const found = [...index.matches("", prompt)];
    const byHolder = (a: Match, b: Match): number => a.holder - b.holder;
    assert.deepEqual([...found].sort(byHolder), expected.sort(byHolder));
    assert.deepEqual(
      found.map(({ tokens }) => tokens),
      found.map(({ tokens }) => tokens).sort((a, b) => b - a),
    );
  }
});

function commonPrefix(a: Int32Array, b: Int32Array): number {
  const end = a.findIndex((token, position) => token !== b[position]);
  return end === -1 ? a.length : end;
}
