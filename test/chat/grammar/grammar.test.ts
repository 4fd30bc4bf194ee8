import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Work } from "#weir/chat/automaton/work.js";
import { Grammar } from "#weir/chat/grammar/grammar.js";
import { Repetition } from "#weir/chat/grammar/repetition.js";
import { Gbnf } from "../../support/gbnf.js";
import { randomNumbers } from "../../support/random.js";

function print(grammar: Grammar, root: number): string {
  return grammar.print(root, new Work())?.gbnf ?? "";
}

describe("a grammar", () => {
  test("is printed with its root first, names of its own and escapes that llama.cpp reads", () => {
    const grammar = new Grammar();
    const inner = grammar.add("größe", [
      [
        [
          [0x61, 0x63],
          [0x1f600, 0x1f600],
        ],
      ],
      ["é\n"],
    ]);
    const root = grammar.add("any", [['"\\', inner], []]);
    assert.equal(
      print(grammar, root),
      'root ::= "\\"\\\\" gr-e | ""\ngr-e ::= [a-c\\U0001F600] | "\\xE9\\x0A"\n',
    );
  });

  test("loses the alternatives that never come to an end", () => {
    const grammar = new Grammar();
    const endless = grammar.reserve("endless");
    grammar.define(endless, [["a", endless]]);
    assert.equal(print(grammar, grammar.add("root", [["b", endless], ["c"]])), 'root ::= "c"\n');
    assert.equal(grammar.print(endless, new Work()), null);
  });

  test("has beginnings that are alike once, through the rules that begin with them", () => {
    const grammar = new Grammar();
    const kinds = Array.from({ length: 50 }, (_, index) => {
      const value = grammar.add("value", [[`"kind ${index}"`]]);
      return grammar.add("object", [['{"kind":', value, "}"]]);
    });
    const root = grammar.add(
      "root",
      kinds.map((kind) => [kind]),
    );
    const printed = grammar.print(root, new Work());
    assert.ok((printed?.width ?? 99) <= 11, `${printed?.width}`);
    const gbnf = new Gbnf(printed?.gbnf ?? "");
    assert.deepEqual(
      ['{"kind":"kind 7"}', '{"kind":"kind 49"}', '{"kind":"kind 50"}'].map((text) => gbnf.accepts(text)),
      [true, true, false],
    );
  });

  test("is as wide as the place where it goes on in most ways", () => {
    const grammar = new Grammar();
    const optional = grammar.add("optional", [["x"], []]);
    const root = grammar.add("root", [["a", optional, optional, "y"], ["b"]]);
    assert.equal(grammar.print(root, new Work())?.width, 3);
  });
});

describe("a counted repetition", () => {
  const ranges: readonly (readonly [number, number])[] = [
    ...([
      [0, 0],
      [0, 1],
      [1, 1],
      [2, 5],
      [0, 300],
      [9, 9],
      [20, 20],
      [37, 700],
    ] as const),
    ...([
      [3, Number.POSITIVE_INFINITY],
      [0, Number.POSITIVE_INFINITY],
      [299, 301],
      [1000, 2500],
    ] as const),
  ];
  for (const [min, max] of ranges) {
    test(`from ${min} to ${max} takes exactly that`, () => {
      const grammar = new Grammar();
      const one = grammar.add("one", [["a"], ["b"]]);
      const gbnf = new Gbnf(
        print(grammar, grammar.add("root", [["[", ...new Repetition(grammar).between(one, min, max), "]"]])),
      );
      const random = randomNumbers(1);
      for (const count of [0, 1, min - 1, min, min + 1, max - 1, max, max + 1].filter(
        (each) => each >= 0 && each < 3000,
      )) {
        const text = Array.from({ length: count }, () => "ab"[random(2)]).join("");
        assert.equal(gbnf.accepts(`[${text}]`), count >= min && count <= max, `${count}`);
      }
    });
  }

  test("of millions takes few rules and is read in few ways at once", () => {
    const grammar = new Grammar();
    const one = grammar.add("one", [["a"]]);
    const gbnf = new Gbnf(
      print(grammar, grammar.add("root", [new Repetition(grammar).between(one, 1_000_000, 3_000_000)])),
    );
    assert.ok(gbnf.ruleCount < 5000, `${gbnf.ruleCount}`);
    assert.ok(gbnf.widest("a".repeat(3000)) < 20, `${gbnf.widest("a".repeat(3000))}`);
  });
});
