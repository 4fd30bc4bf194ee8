import { type CodePointSet, codePointSet, complement, onlyCodePoint, union } from "./code-points.js";
import { choice, type Pattern, PatternError, repeat, sequence } from "./pattern.js";

/** More is no regular expression that somebody wrote; the parser calls itself for each. */
const maxGroupDepth = 50;

const digit: CodePointSet = [[0x30, 0x39]];
const word = codePointSet([...digit, [0x41, 0x5a], [0x5f, 0x5f], [0x61, 0x7a]]);
/** ECMAScript's WhiteSpace and LineTerminator. */
const space = codePointSet([
  ...([
    [0x09, 0x0d],
    [0x20, 0x20],
    [0xa0, 0xa0],
    [0x1680, 0x1680],
    [0x2000, 0x200a],
  ] as const),
  ...([
    [0x2028, 0x2029],
    [0x202f, 0x202f],
    [0x205f, 0x205f],
    [0x3000, 0x3000],
    [0xfeff, 0xfeff],
  ] as const),
]);
const lineTerminator = codePointSet([
  [0x0a, 0x0a],
  [0x0d, 0x0d],
  [0x2028, 0x2029],
]);

const classEscapes: Readonly<Record<string, CodePointSet>> = {
  d: digit,
  D: complement(digit),
  w: word,
  W: complement(word),
  s: space,
  S: complement(space),
};
const controlEscapes: Readonly<Record<string, number>> = { t: 9, n: 10, v: 11, f: 12, r: 13, 0: 0 };

/**
 * Reads a regular expression as ECMAScript does with the `u` flag.
 *
 * @throws PatternError where it is none, and for what no regular language can hold or this project does not: back
 * references, lookbehind, `\b`, `\p{…}`, flags
 */
export function parsePattern(source: string): Pattern {
  return new PatternParser(source).parse();
}

class PatternParser {
  /** By code point, as the `u` flag asks for. */
  readonly #source: readonly string[];
  #at = 0;
  #depth = 0;

  constructor(source: string) {
    this.#source = Array.from(source);
  }

  parse(): Pattern {
    const pattern = this.#choice();
    if (this.#at < this.#source.length) throw new PatternError("it has a ) without a (");
    return pattern;
  }

  #choice(): Pattern {
    const options = [this.#sequence()];
    while (this.#take("|")) options.push(this.#sequence());
    return options.length === 1 ? (options[0] ?? choice()) : choice(...options);
  }

  #sequence(): Pattern {
    const parts: Pattern[] = [];
    for (let next = this.#peek(); next !== "" && next !== "|" && next !== ")"; next = this.#peek()) {
      parts.push(this.#quantified(this.#atom()));
    }
    return sequence(...parts);
  }

  #atom(): Pattern {
    const character = this.#next();
    switch (character) {
      case "^":
        return { kind: "start" };
      case "$":
        return { kind: "end" };
      case ".":
        return { kind: "set", set: complement(lineTerminator) };
      case "(":
        return this.#group();
      case "[":
        return { kind: "set", set: this.#class() };
      case "\\":
        return { kind: "set", set: this.#escape() };
      case "*":
      case "+":
      case "?":
      case "{":
        throw new PatternError(`it has a ${character} with nothing to repeat`);
      default:
        return { kind: "set", set: one(character) };
    }
  }

  #group(): Pattern {
    if (++this.#depth > maxGroupDepth) throw new PatternError(`it nests more than ${maxGroupDepth} groups`);
    const lookahead = this.#groupKind();
    const part = this.#choice();
    if (!this.#take(")")) throw new PatternError("it has a ( without a )");
    this.#depth--;
    return lookahead === null ? part : { kind: "lookahead", part, negative: lookahead === "!" };
  }

  /** Reads what stands behind the bracket: `=` or `!` of a lookahead, or null. */
  #groupKind(): "=" | "!" | null {
    if (!this.#take("?")) return null;
    if (this.#take(":")) return null;
    if (this.#take("=")) return "=";
    if (this.#take("!")) return "!";
    if (this.#take("<") && /[\p{L}_$]/u.test(this.#peek())) {
      while (!this.#take(">")) if (this.#next() === "") throw new PatternError("a group's name does not end");
      return null;
    }
    throw new PatternError("it has a group of a kind that a grammar can't hold (lookbehind or flags)");
  }

  #quantified(atom: Pattern): Pattern {
    const count = this.#quantifier();
    if (count === null) return atom;
    this.#take("?"); // lazy: the same texts match
    if (atom.kind === "start" || atom.kind === "end" || atom.kind === "lookahead") {
      throw new PatternError("it repeats an assertion");
    }
    return repeat(atom, ...count);
  }

  #quantifier(): readonly [min: number, max: number] | null {
    if (this.#take("*")) return [0, Number.POSITIVE_INFINITY];
    if (this.#take("+")) return [1, Number.POSITIVE_INFINITY];
    if (this.#take("?")) return [0, 1];
    if (!this.#take("{")) return null;
    const min = this.#number();
    const max = !this.#take(",") ? min : this.#peek() === "}" ? Number.POSITIVE_INFINITY : this.#number();
    if (!this.#take("}")) throw new PatternError("it has a { without a }");
    if (max < min) throw new PatternError("it has a {m,n} whose n is smaller than its m");
    return [min, max];
  }

  #number(): number {
    let digits = "";
    while (/^\d$/.test(this.#peek())) digits += this.#next();
    if (digits === "") throw new PatternError("it has a { without a number");
    return Number(digits);
  }

  #class(): CodePointSet {
    const negative = this.#take("^");
    const sets: CodePointSet[] = [];
    while (!this.#take("]")) {
      const from = this.#classAtom();
      if (this.#peek() !== "-" || this.#peek(1) === "]") {
        sets.push(from);
        continue;
      }
      this.#next();
      const [low, high] = [onlyCodePoint(from), onlyCodePoint(this.#classAtom())];
      if (low === null || high === null || low > high)
        throw new PatternError("a class has a range that is none");
      sets.push(codePointSet([[low, high]]));
    }
    return negative ? complement(union(...sets)) : union(...sets);
  }

  #classAtom(): CodePointSet {
    const character = this.#next();
    if (character === "") throw new PatternError("it has a [ without a ]");
    if (character !== "\\") return one(character);
    return this.#take("b") ? one("\b") : this.#escape();
  }

  #escape(): CodePointSet {
    const character = this.#next();
    const named = Object.hasOwn(classEscapes, character) ? classEscapes[character] : undefined;
    if (named !== undefined) return named;
    if (Object.hasOwn(controlEscapes, character) && !/^\d$/.test(this.#peek())) {
      return point(controlEscapes[character] ?? 0);
    }
    if (character === "x") return point(this.#hexadecimal(2));
    if (character === "u") return point(this.#unicode());
    if (character === "c" && /^[A-Za-z]$/.test(this.#peek()))
      return point((this.#next().codePointAt(0) ?? 0) % 32);
    // The `u` flag allows only syntax characters here; without it, any other punctuation stands for itself too.
    if (/^[^\p{L}\p{N}]$/u.test(character)) return one(character);
    if (character === "") throw new PatternError("it ends with a backslash");
    throw new PatternError(`it has \\${character}, which a grammar can't hold`);
  }

  /** Behind `\u`: four digits, two times four for a surrogate pair, or `{digits}`. */
  #unicode(): number {
    if (this.#take("{")) {
      let digits = "";
      while (!this.#take("}")) {
        const next = this.#next();
        if (!/^[0-9A-Fa-f]$/.test(next) || digits.length > 6)
          throw new PatternError("it has a \\u{…} that is none");
        digits += next;
      }
      return Number.parseInt(digits, 16);
    }
    const first = this.#hexadecimal(4);
    if (first < 0xd800 || first > 0xdbff || this.#peek() !== "\\" || this.#peek(1) !== "u") return first;
    this.#at += 2;
    const second = this.#hexadecimal(4);
    if (second < 0xdc00 || second > 0xdfff) throw new PatternError("it has half of a surrogate pair");
    return 0x10000 + (first - 0xd800) * 0x400 + (second - 0xdc00);
  }

  #hexadecimal(length: number): number {
    const digits = Array.from({ length }, () => this.#next()).join("");
    if (digits.length !== length || !/^[0-9A-Fa-f]+$/.test(digits)) {
      throw new PatternError("it has a \\x or \\u without its digits");
    }
    return Number.parseInt(digits, 16);
  }

  /** "" at the end. */
  #peek(ahead = 0): string {
    return this.#source[this.#at + ahead] ?? "";
  }

  #next(): string {
    return this.#source[this.#at++] ?? "";
  }

  #take(character: string): boolean {
    if (this.#peek() !== character) return false;
    this.#at++;
    return true;
  }
}

function one(character: string): CodePointSet {
  return point(character.codePointAt(0) ?? 0);
}

function point(codePoint: number): CodePointSet {
  if (codePoint > 0x10ffff) throw new PatternError("it names a character beyond U+10FFFF");
  return codePointSet([[codePoint, codePoint]]);
}
