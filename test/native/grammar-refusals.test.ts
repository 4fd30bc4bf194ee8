import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { ModelHandle } from "#weir/llama/addon.js";
import { greedy } from "../engine/builders.js";
import { type Addon, contextOptions, cpuAddon, loadTiny } from "./addon.js";

let addon: Addon;
let model: ModelHandle;

before(async () => {
  ({ addon } = await cpuAddon());
  model = await loadTiny(addon);
});

after(() => {
  model.close();
  assert.deepEqual(addon.alive(), { models: 0, contexts: 0 });
});

const chain = Array.from({ length: 20_000 }, (_, i) => `r${i} ::= r${i + 1}`).join("\n");

// llama.cpp answers several of these with an abort, an overflow of its stack, a loop without end or gigabytes of memory.
for (const [what, grammar, reason] of [
  ["nothing at all", "", /no rule root/],
  ["no rule of that name", 'other ::= "a"', /no rule root/],
  ["a rule that is not there", "root ::= other", /rule other is used, but not defined/],
  ["a quote that does not end", 'root ::= "a', /unexpected end of input/],
  ["a bracket that does not end", "root ::= [a-z", /unexpected end of input/],
  ["a parenthesis that does not end", 'root ::= ("a"', /expecting '\)'/],
  ["a parenthesis too many", 'root ::= "a")', /expecting newline or end/],
  ["no definition", 'root = "a"', /expecting ::=/],
  ["an unknown escape", 'root ::= "\\q"', /unknown escape/],
  ["a repetition of nothing", "root ::= *", /expecting preceding item/],
  ["a repetition that is no number", 'root ::= "a"{x}', /expecting an int/],
  ["too many repetitions", 'root ::= "a"{2001}', /number of repetitions/],
  ["repetitions of repetitions", 'root ::= (("a"{0,200}){0,200}){0,200}', /number of/],
  [
    "a token's number that no number holds",
    "root ::= <[18446744073709551616]>",
    /a number that is too large/,
  ],
  ["a token that is none", "root ::= <no such token>", /invalid token/],
  ["a rule that is only itself", "root ::= root", /matches nothing/],
  ["a rule that matches nothing", 'root ::= x root\nx ::= y\ny ::= ""', /root matches nothing/],
  ["such a rule further on", 'root ::= "a" x\nx ::= y x\ny ::= z\nz ::= ""', /x matches nothing/],
  ["an empty set", 'root ::= "a" | [z-a]', /no character is in/],
  ["a set of nothing", "root ::= [^\\x00-\\U0010FFFF]", /no character is in/],
  ["surrogates", "root ::= [\\uD800-\\uDFFF]", /no character is in/],
  ["a NUL", 'root ::= "a"\0', /NUL/],
  [
    "twenty thousand ways in each of twenty thousand",
    `root ::= ${"y|".repeat(20_000)}y\ny ::= ${'"b"|'.repeat(20_000)}"b"`,
    /too many ways/,
  ],
  ["600 parentheses", `root ::= ${"(".repeat(600)}"a"${")".repeat(600)}`, /nests more than 500 deep/],
  ["200,000 parentheses", `root ::= ${"(".repeat(200_000)}"a"`, /nests more than 500 deep/],
  ["a long text many times", `root ::= "${"a".repeat(100_000)}"{2000}`, /too large/],
  ["many texts many times", `root ::= ${'"aaaaaaaaaa"{1,2000} '.repeat(5_000)}`, /too large/],
  [
    "repetitions behind comments",
    `root ::= ("${"a".repeat(9_000)}" # c\n{ # c\n 1 , # c\n 2000 })`,
    /too large/,
  ],
] as const) {
  test(`a grammar with ${what} is refused with a reason`, () => {
    assert.throws(
      () => model.compileGrammar(grammar, "root"),
      (error: Error & { code?: string }) => error.code === "invalid_grammar" && reason.test(error.message),
    );
  });
}

for (const [what, grammar] of [
  ["500 parentheses", `root ::= ${"(".repeat(500)}"a"${")".repeat(500)}`],
  ["a chain of 20,000 rules", `root ::= r0\n${chain}\nr20000 ::= "a"`],
  ["repetitions of what may be empty", 'root ::= (("a"?)* ("b"?)*)*'],
  ["comments, blank lines and rules in any order", '# c\n\nx ::= "a" # c\n\nroot ::= x # c\n'],
  ["left recursion", 'root ::= root "a" | "b"'],
  ["right recursion", 'root ::= "a" root | "b"'],
  ["quotes and brackets in each other", 'root ::= "[(" | [")] | "(" # ((('],
  ["2,000 repetitions of one character", "root ::= [^\\x00-\\x1f]{0,2000}"],
] as const) {
  test(`a grammar with ${what} compiles`, () => {
    model.compileGrammar(grammar, "root");
  });
}

test("a reason is short, however long the grammar is", () => {
  assert.throws(
    () => model.compileGrammar(`root ::= "a") ${"é".repeat(50_000)}`, "root"),
    (error: Error) => error.message.length < 200 && /é…$/.test(error.message),
  );
});

test("a sampler with a broken grammar is not set, and the one before stays", () => {
  const context = new addon.Context(model, contextOptions());
  context.setSampler(0, greedy, Int32Array.of());
  const broken = { ...greedy, grammar: "root ::= (", grammarRoot: "root" };
  assert.throws(() => context.setSampler(0, broken, Int32Array.of()), /unexpected end|expecting/);
  const [, , , , prompted] = context.step(Int32Array.of(0, 0, 1, 5, 0, 0, 0), () => {});
  context.close();
  assert.equal(prompted, 1);
});

test("values of a wrong type are refused", () => {
  for (const value of [undefined, null, 5, {}, ["root"]] as never[]) {
    assert.throws(() => model.compileGrammar(value, "root"), /grammar must be a string/);
    assert.throws(() => model.compileGrammar('root ::= "a"', value), /root must be a string/);
  }
});
