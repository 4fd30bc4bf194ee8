import assert from "node:assert/strict";
import { test } from "node:test";
import type { RerankFormat } from "#weir/llama/addon.js";
import { RerankPrompts } from "#weir/prompt/rerank-prompt.js";

/** A vocabulary in which each letter is a token, its code; the marks have codes that no letter here has. */
const letters = (text: string): Int32Array => Int32Array.from(text, (letter) => letter.codePointAt(0) ?? 0);
const [bos, eos, separator] = [1, 2, 3];

function format(changes: Partial<RerankFormat> = {}): RerankFormat {
  const adds = { addsBos: false, addsEos: false, addsSeparator: false };
  return { template: null, bos, eos, separator, ...adds, ...changes };
}

function prompt(of: RerankFormat, query: string, document: string): number[] {
  return [...new RerankPrompts(of, letters, query).with(document)];
}

const codes = (text: string): number[] => [...letters(text)];

test("a template is filled with query and document", () => {
  const template = "Q {query} D {document} end";
  assert.deepEqual(prompt(format({ template }), "one", "two"), codes("Q one D two end"));
});

test("a query or a document with the template's own words is taken as it is", () => {
  const template = "{query}|{document}|{query}";
  assert.deepEqual(
    prompt(format({ template }), "{document}", "{query}$&"),
    codes("{document}|{query}$&|{document}"),
  );
});

test("without a template the marks are those that the tokenizer adds", () => {
  const all = format({ addsBos: true, addsEos: true, addsSeparator: true });
  assert.deepEqual(prompt(all, "q", "d"), [bos, ...codes("q"), eos, separator, ...codes("d"), eos]);
  assert.deepEqual(prompt(format(), "q", "d"), codes("qd"));
  assert.deepEqual(prompt(format({ addsEos: true }), "q", "d"), [...codes("q"), eos, ...codes("d"), eos]);
});

test("a vocabulary without an end mark ends with its separator", () => {
  assert.deepEqual(prompt(format({ addsEos: true, eos: -1 }), "q", "d"), [
    ...codes("q"),
    separator,
    ...codes("d"),
    separator,
  ]);
});
