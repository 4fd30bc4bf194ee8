import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { ModelHandle } from "#weir/llama/addon.js";
import { GrammarTexts } from "../support/llama-grammar.js";
import { randomNumbers } from "../support/random.js";
import { type Addon, cpuAddon, loadTiny } from "./addon.js";
import { tokensOfText } from "./token-text.js";

let addon: Addon;
let model: ModelHandle;
let llama: GrammarTexts;

before(async () => {
  ({ addon } = await cpuAddon());
  model = await loadTiny(addon);
  llama = await GrammarTexts.open();
  const { bytes, ends } = model.pieces();
  const all = Buffer.from(bytes);
  ends.forEach((tokenEnd, token) => {
    const text = all.toString("latin1", token === 0 ? 0 : ends[token - 1], tokenEnd);
    if (/^[abc]{1,4}$/.test(text)) tokenTexts.set(token, text);
    if (tokenEnd - (ends[token - 1] ?? 0) === 1) byteTokens.set(text.charCodeAt(0), token);
  });
});

after(async () => {
  await llama.close();
  model.close();
  assert.deepEqual(addon.alive(), { models: 0, contexts: 0 });
});

const tokenOfByte = (byte: number): number =>
  byteTokens.get(byte) ?? assert.fail(`no token for byte ${byte}`);
const end = 151_645;
const letters = ["a", "b", "c"] as const;

/** What the matcher says of every text of a, b and c up to a length. */
interface Reading {
  readonly texts: Set<string>;
  /** Of texts that may be continued, the tokens of these letters that may come next. */
  readonly next: Map<string, string[]>;
}

/** Tokens of these letters alone. */
const tokenTexts = new Map<number, string>();
/** Tokens of one byte. */
const byteTokens = new Map<number, number>();

function read(gbnf: string, longest: number): Reading {
  const texts = new Set<string>();
  const next = new Map<string, string[]>();
  const visit = (text: string, tokens: readonly number[]) => {
    const allowed = model.allowedTokens(gbnf, "root", Int32Array.from(tokens));
    if (allowed.includes(end)) texts.add(text);
    const found = [...allowed].flatMap((token) => tokenTexts.get(token) ?? []);
    next.set(text, found);
    for (const letter of letters) {
      if (text.length < longest && found.includes(letter)) {
        visit(text + letter, [...tokens, ...tokensOfText(model, letter)]);
      }
    }
  };
  visit("", []);
  return { texts, next };
}

function textsUpTo(length: number): string[] {
  const shorter = length === 0 ? [] : textsUpTo(length - 1);
  const longest = shorter.filter((text) => text.length === length - 1);
  return length === 0
    ? [""]
    : [...shorter, ...longest.flatMap((text) => letters.map((letter) => text + letter))];
}

/** Rules that name those behind them, or others behind a letter: llama.cpp follows left recursion for ever where it does not see it. */
function randomGrammar(seed: number): string {
  const random = randomNumbers(seed);
  const pick = (from: readonly string[]): string => from[random(from.length)] ?? "";
  const item = (rules: readonly string[]): string => {
    const text = pick([
      '"a"',
      '"b"',
      '"ab"',
      '"c"',
      "[ab]",
      "[^a]",
      "[a-c]",
      '("a" | y)',
      '("" | "c")',
      ...rules,
      ...rules,
    ]);
    return text + pick(["", "", "", "?", "*", "{0,2}", "{2}"]);
  };
  const rule = (name: string, ...rules: readonly string[]) => {
    const sequence = () => Array.from({ length: 1 + random(3) }, () => item(rules)).join(" ");
    return `${name} ::= ${Array.from({ length: 1 + random(2) }, sequence).join(" | ")}`;
  };
  return [
    rule("root", "x", "y", "z"),
    rule("x", "y", "z"),
    rule("z", "y"),
    'y ::= "b" | "a" x "c" | "b" root',
  ].join("\n");
}

describe("the matcher of grammars", () => {
  test("takes the texts that llama.cpp takes", async () => {
    const compared = { grammars: 0, texts: 0 };
    for (let seed = 0; seed < 40; seed++) {
      const gbnf = randomGrammar(seed);
      let takes: (text: string) => boolean;
      try {
        takes = await llama.acceptor(gbnf, "root");
        model.compileGrammar(gbnf, "root");
      } catch {
        continue; // left recursion at llama.cpp, a rule that matches nothing here
      }
      const { texts } = read(gbnf, 4);
      const expected = textsUpTo(4).filter(takes);
      assert.deepEqual([...texts].sort(), expected.sort(), gbnf);
      compared.grammars++;
      compared.texts += expected.length;
    }
    assert.ok(compared.grammars > 30 && compared.texts > 300, JSON.stringify(compared));
  });

  test("lets a token come where its letters may come one by one", () => {
    for (let seed = 0; seed < 12; seed++) {
      const gbnf = randomGrammar(1000 + seed);
      try {
        model.compileGrammar(gbnf, "root");
      } catch {
        continue;
      }
      const { next } = read(gbnf, 4);
      for (const [text, found] of next) {
        const fitting = [...tokenTexts.values()].filter((token) => text.length + token.length <= 4);
        assert.deepEqual(
          fitting.filter((token) => found.includes(token)),
          fitting.filter((token) => next.has(text + token)),
          `${gbnf}\nbehind ${JSON.stringify(text)}`,
        );
      }
    }
  });

  for (const [name, gbnf, texts] of [
    ["left recursion", 'root ::= root "a" | "b"', ["b", "ba", "baa", "baaa"]],
    ["left recursion by another rule", 'root ::= x "b" | "c"\nx ::= root "a"', ["c", "cab"]],
    [
      "left recursion behind an empty rule",
      'root ::= x root "a" | "b"\nx ::= ""',
      ["b", "ba", "baa", "baaa"],
    ],
    ["a rule in itself", 'root ::= root root | "a"', ["a", "aa", "aaa", "aaaa"]],
    [
      "two empty rules in each other",
      'root ::= x "c"\nx ::= y x | ""\ny ::= x | "b"',
      ["c", "bc", "bbc", "bbbc"],
    ],
  ] as const) {
    test(`reads ${name}, which llama.cpp refuses or does not come back from`, () => {
      assert.deepEqual([...read(gbnf, 4).texts].sort(), [...texts].sort());
    });
  }

  test("refuses overlong forms, surrogates and what is beyond Unicode", () => {
    const bytes = (...values: number[]) => Int32Array.from(values.map(tokenOfByte));
    const allowed = (...values: number[]) =>
      new Set(model.allowedTokens("root ::= .{4}", "root", bytes(...values)));
    const may = (set: Set<number>, from: number, to: number) =>
      Array.from({ length: 256 }, (_, byte) => byte)
        .filter((byte) => set.has(tokenOfByte(byte)))
        .join() === Array.from({ length: to - from + 1 }, (_, i) => from + i).join();
    assert.ok(may(allowed(0xc3), 0x80, 0xbf));
    assert.ok(may(allowed(0xe0), 0xa0, 0xbf));
    assert.ok(may(allowed(0xed), 0x80, 0x9f));
    assert.ok(may(allowed(0xf0), 0x90, 0xbf));
    assert.ok(may(allowed(0xf4), 0x80, 0x8f));
    assert.ok(may(allowed(0xf4, 0x8f), 0x80, 0xbf));
    const first = allowed();
    for (const byte of [0x80, 0xbf, 0xc0, 0xc1, 0xf5, 0xff]) assert.ok(!first.has(tokenOfByte(byte)));
  });

  test("lets no answer end within a character", () => {
    const behind = model.allowedTokens("root ::= .*", "root", Int32Array.of(tokenOfByte(0xc3)));
    assert.ok(!behind.includes(end));
    assert.ok(model.allowedTokens("root ::= .*", "root", Int32Array.of()).includes(end));
  });

  test("takes a character's first bytes only where one of the characters may follow", () => {
    const first = new Set(model.allowedTokens('root ::= "é" | [а-я]', "root", Int32Array.of()));
    assert.ok(first.has(tokenOfByte(0xc3)) && first.has(tokenOfByte(0xd0)) && first.has(tokenOfByte(0xd1)));
    assert.ok(!first.has(tokenOfByte(0xc4)) && !first.has(tokenOfByte(0xe4)));
  });
});

describe("a grammar that can be read in very many ways", () => {
  const follow = (gbnf: string, text: string) =>
    model.allowedTokens(
      gbnf,
      "root",
      Int32Array.from([...text].flatMap((letter) => tokensOfText(model, letter))),
    );

  for (const [name, gbnf, text] of [
    [
      "two ways a letter",
      'root ::= "a" root "b" | "a" root "c" | "d"',
      `${"a".repeat(400)}d${"bc".repeat(200)}`,
    ],
    ["twenty repetitions in a row", `root ::= ${"[a-z ]* ".repeat(20)}`, "the quick brown fox ".repeat(100)],
    ["repetitions of repetitions", "root ::= (([a-z]*)* ([a-z]*)*)*", "abc".repeat(300)],
    ["every bracketing of a sum", 'root ::= root "+" root | [0-9]', `${"1+".repeat(40)}1`],
  ] as const) {
    test(`is followed all the same: ${name}`, () => {
      assert.ok(follow(gbnf, text).includes(end));
    });
  }

  test("is given up where it takes too long", () => {
    const gbnf = `root ::= root root root | ${Array.from({ length: 40 }, (_, i) => `root root x${i}`).join(" | ")} | "a"
${Array.from({ length: 40 }, (_, i) => `x${i} ::= root root "b" | "a"`).join("\n")}`;
    assert.throws(() => follow(gbnf, "a".repeat(2000)), {
      code: "invalid_grammar",
      message: /too many ways/,
    });
  });
});
