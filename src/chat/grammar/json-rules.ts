import { type CodePointSet, characters, codePointSet } from "../automaton/code-points.js";
import type { Grammar } from "./grammar.js";
import { Repetition } from "./repetition.js";
import type { Rule } from "./rule.js";

const digit: CodePointSet = [[0x30, 0x39]];
const nonZeroDigit: CodePointSet = [[0x31, 0x39]];
const hexadecimal = characters("0123456789abcdefABCDEF");

/** What may stand in a JSON string as it is. U+007F may too, but nobody wants it. */
const unescaped = codePointSet([
  [0x20, 0x21],
  [0x23, 0x5b],
  [0x5d, 0x7e],
  [0x80, 0x10ffff],
]);

/** llama-server's: an integer has at most 16 digits, a fraction too. */
const maxDigits = 16;
const maxIndent = 20;

/** The rules of JSON's own notation, which the rules of a schema are made of. What is not used is not printed. */
export class JsonRules {
  readonly repetition: Repetition;
  /** White space as models write it, and never so much that an answer is nothing else. As llama-server's. */
  readonly space: Rule;
  /** One character of a string, in any of its notations. Halves of a surrogate pair come together or not at all. */
  readonly character: Rule;
  readonly string: Rule;
  readonly integer: Rule;
  /** The exponent has two digits, so that no number is too large for a double: JSON.parse would make it Infinity. */
  readonly number: Rule;

  constructor(grammar: Grammar) {
    this.repetition = new Repetition(grammar);
    this.space = this.#space(grammar);
    this.character = this.#character(grammar);
    this.string = grammar.add("string", [
      ['"', ...this.repetition.between(this.character, 0, Number.POSITIVE_INFINITY), '"'],
    ]);
    const digits = grammar.add("digit", [[digit]]);
    const positive = [nonZeroDigit, ...this.repetition.between(digits, 0, maxDigits - 1)];
    this.integer = grammar.add("integer", [["0"], positive, ["-0"], ["-", ...positive]]);
    const fraction = grammar.add("fraction", [[".", ...this.repetition.between(digits, 1, maxDigits)], []]);
    const sign = grammar.add("sign", [["+"], ["-"], []]);
    const exponent = grammar.add("exponent", [
      [characters("eE"), sign, ...this.repetition.between(digits, 1, 2)],
      [],
    ]);
    this.number = grammar.add("number", [[this.integer, fraction, exponent]]);
  }

  #space(grammar: Grammar): Rule {
    const blank = grammar.add("blank", [[characters(" \t")]]);
    const indent = this.repetition.between(blank, 0, maxIndent);
    return grammar.add("space", [[], [" "], ["\n", ...indent], ["\n\n", ...indent]]);
  }

  #character(grammar: Grammar): Rule {
    const four = grammar.add("code-unit", [
      [characters("0123456789abcefABCEF"), hexadecimal, hexadecimal, hexadecimal],
      [characters("dD"), characters("01234567"), hexadecimal, hexadecimal],
      [
        characters("dD"),
        characters("89abAB"),
        hexadecimal,
        hexadecimal,
        "\\u",
        characters("dD"),
        characters("cdefCDEF"),
        hexadecimal,
        hexadecimal,
      ],
    ]);
    return grammar.add("char", [[unescaped], ["\\", characters('"\\/bfnrt')], ["\\u", four]]);
  }
}
