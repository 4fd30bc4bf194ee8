import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { accepts, isEmpty, lengthsOf } from "#weir/chat/automaton/automaton.js";
import { complement, intersect, lengthBetween, literals } from "#weir/chat/automaton/operations.js";
import { PatternError } from "#weir/chat/automaton/pattern.js";
import { patternAutomaton } from "#weir/chat/automaton/pattern-automaton.js";
import { Work } from "#weir/chat/automaton/work.js";
import { randomNumbers } from "../../support/random.js";

const patterns = [
  ...["abc", "^abc$", "^a.b$", "a$|^b", "(^a|b)$", "^$", "", "$^", "^(a|b)*$|^c", "^((a*)*b)*$"],
  ...["^a{2,3}$", "a{2}", "^a{2,}b?$", "^(ab|a)(bc|c)$", "^x{0}y$", "^a+?b*?$", "^(?:a|b)c$"],
  ...["^\\d{2}-\\d$", "\\w\\W\\w", "^\\s*\\S+$", "^[^\\d\\s]+$", "^[a-c\\-x]+$", "^[^]$", "^[\\]^]$"],
  ...["^(?=.*[A-Z])(?=.*\\d)[A-Za-z\\d]{2,}$", "^(?!ab|ba)[ab]{2}$", "^(?![^]*(?:^a|b$))"],
  ...["^\\u{1F600}+$", "^\\ud83d\\ude00$", "^[\\u{1F600}-\\u{1F64F}é]$", "^\\x61\\u0062\\t?$", "\\."],
  ...["^(?<year>\\d\\d)$", "^[\\w.-]+@[\\w.-]+$", "^(|a|ab)(c|bcd)$", '["\\\\]', "^.{3}$", "^a|b|c$"],
];
const alphabet = ["a", "b", "c", "d", "0", "1", "A", "Z", "x", "y", "-", "_", ".", "@", " ", "\n", '"'];
const rare = ["\\", "\t", "é", "😀", "😁", "\u2028", "^", "]", "\u0000"];

describe("the automaton of a pattern", () => {
  for (const pattern of patterns) {
    test(`accepts what RegExp finds ${JSON.stringify(pattern)} in`, () => {
      const automaton = patternAutomaton(pattern, new Work());
      const expression = new RegExp(pattern, "u");
      const random = randomNumbers(3);
      const letters = [...alphabet, ...rare, ...Array.from(pattern)];
      for (let count = 0; count < 3000; count++) {
        const text = Array.from({ length: random(7) }, () => letters[random(letters.length)]).join("");
        assert.equal(accepts(automaton, text), expression.test(text), JSON.stringify(text));
      }
    });
  }
});

describe("what no automaton can hold is refused", () => {
  const refused: readonly (readonly [pattern: string, message: RegExp])[] = [
    ["(a)\\1", /\\1/],
    ["\\bword\\b", /\\b/],
    ["(?<=a)b", /lookbehind/],
    ["a(?=b)", /lookahead/],
    ["\\p{L}", /\\p/],
    ["(a", /\( without a \)/],
    ["a)", /\) without a \(/],
    ["[a", /\[ without a \]/],
    ["*a", /nothing to repeat/],
    ["a{3,2}", /smaller/],
    ["[z-a]", /range/],
    ["^(a|b)*a(a|b){15}$", /too complex/],
    ["^((a{1,99}){1,99}){1,99}$", /too large/],
    [`${"(".repeat(60)}a${")".repeat(60)}`, /nests/],
  ];
  for (const [pattern, message] of refused) {
    test(pattern.slice(0, 30), () => {
      assert.throws(
        () => patternAutomaton(pattern, new Work()),
        (error) => error instanceof PatternError && message.test(error.message),
      );
    });
  }
});

describe("automata", () => {
  const work = new Work();
  const letters = patternAutomaton("^[a-c]*$", work);

  test("say how long their texts are", () => {
    assert.deepEqual(lengthsOf(patternAutomaton("^ab?(cd)?$", work)), { shortest: 1, longest: 4 });
    assert.deepEqual(lengthsOf(letters), { shortest: 0, longest: Number.POSITIVE_INFINITY });
  });

  test("count characters, not UTF-16 code units", () => {
    assert.ok(accepts(lengthBetween(2, 2), "😀😁"));
    assert.ok(!accepts(lengthBetween(2, 2), "😀"));
  });

  test("accept both, neither or exactly some texts", () => {
    const short = intersect(letters, lengthBetween(1, 2), work);
    assert.deepEqual(
      ["", "a", "ab", "abc", "d"].map((text) => accepts(short, text)),
      [false, true, true, false, false],
    );
    assert.ok(isEmpty(intersect(short, complement(letters), work)));
    assert.ok(!accepts(complement(literals(["a", "ab"])), "ab"));
    assert.ok(accepts(complement(literals(["a", "ab"])), "abc"));
  });
});
