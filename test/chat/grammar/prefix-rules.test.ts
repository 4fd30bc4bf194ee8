import assert from "node:assert/strict";
import { test } from "node:test";
import { prefixRules } from "#weir/chat/grammar/prefix-rules.js";

const cases: readonly (readonly [about: string, gbnf: string, prefixed: string])[] = [
  ["rules and references", "root ::= a-b | c1\na-b ::= c1", "p-root ::= p-a-b | p-c1\np-a-b ::= p-c1"],
  ["no texts", 'root ::= "root" a "a\\"b" a', 'p-root ::= "root" p-a "a\\"b" p-a'],
  ["no classes", 'root ::= [a-z] a [^"\\]a] a []', 'p-root ::= [a-z] p-a [^"\\]a] p-a []'],
  ["no counts", "root ::= a{2,3} b{4} c{5,}", "p-root ::= p-a{2,3} p-b{4} p-c{5,}"],
  ["no tokens", "root ::= <[12]> !<[3]> <think> a", "p-root ::= <[12]> !<[3]> <think> p-a"],
  ["no comments", "# root is a\nroot ::= a # a\n", "# root is a\np-root ::= p-a # a\n"],
  ["groups and operators", "root ::= (a | b)* c? .+", "p-root ::= (p-a | p-b)* p-c? .+"],
  ["nothing where a text does not end", 'root ::= a "b', 'p-root ::= p-a "p-b'],
];

for (const [about, gbnf, prefixed] of cases) {
  test(`a prefix is put before ${about}`, () => {
    assert.equal(prefixRules(gbnf, "p-"), prefixed);
  });
}
