import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { textUntilTag } from "#weir/chat/grammar/tag-rules.js";
import { GrammarTexts } from "../../support/llama-grammar.js";

/** Tags that begin with what they go on with, and Qwen's in small. */
const tags = ["a", "aa", "ab", "aab", "aba", "abab", "aabaa", "<<a", "<a>", "🦉é", "]]"];

/** Every text of these letters, the empty one among them, up to a length. */
function* texts(letters: readonly string[], longest: number): Generator<string> {
  let previous = [""];
  yield "";
  for (let length = 1; length <= longest; length++) {
    previous = previous.flatMap((text) => letters.map((letter) => text + letter));
    yield* previous;
  }
}

let grammars: GrammarTexts;
before(async () => {
  grammars = await GrammarTexts.open();
});
after(() => grammars.close());

/** All texts of the tag's letters and one more that the rules and the rule of thumb do not agree about. */
async function disagreements(
  rules: readonly string[],
  tag: string,
  isRight: (text: string) => boolean,
): Promise<string[]> {
  const accepts = await grammars.acceptor(`${rules.join("\n")}\nend ::= "!"`, "t0");
  const letters = [...new Set(tag), "x"];
  const longest = letters.length > 3 ? 6 : letters.length > 2 ? 8 : 10;
  return [...texts(letters, longest)].filter((text) => accepts(text) !== isRight(text));
}

for (const tag of tags) {
  describe(`the rules for text until ${tag}`, () => {
    const firstAtEnd = (text: string): boolean =>
      text.endsWith(tag) && text.indexOf(tag) === text.length - tag.length;
    const hasNone = (text: string): boolean => !text.includes(tag);

    test("take exactly the texts that have it once, at their end", async () => {
      const rules = textUntilTag("t", tag, '""', { mayEnd: false });
      assert.deepEqual(await disagreements(rules, tag, firstAtEnd), []);
    });

    test("take those without it too where the answer may end before", async () => {
      const rules = textUntilTag("t", tag, '""', { mayEnd: true });
      assert.deepEqual(await disagreements(rules, tag, (text) => firstAtEnd(text) || hasNone(text)), []);
    });

    test("take exactly the texts without it where it may not come", async () => {
      const rules = textUntilTag("t", tag, null, { mayEnd: true });
      assert.deepEqual(await disagreements(rules, tag, hasNone), []);
    });

    test("go on behind it with what shall follow, and with nothing else", async () => {
      const rules = textUntilTag("t", tag, "end", { mayEnd: false });
      const accepts = await grammars.acceptor(`${rules.join("\n")}\nend ::= "!"`, "t0");
      const letters = [...new Set(tag), "x"];
      for (const text of texts(letters, letters.length > 3 ? 5 : 6)) {
        assert.equal(accepts(`${text}!`), firstAtEnd(text), text);
        assert.equal(accepts(`${text}!${tag}`), false, text);
      }
    });
  });
}

test("text before a tag may be of any characters", async () => {
  const rules = textUntilTag("t", "</think>", '""', { mayEnd: false });
  const accepts = await grammars.acceptor(rules.join("\n"), "t0");
  assert.ok(
    accepts('\n\t"quotes", \\backslashes\\, [brackets], 世界 🦉 \u0000\u0001\u007f </thin </</think>'),
  );
});
