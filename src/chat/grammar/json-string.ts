import {
  anyCodePoint,
  type CodePointSet,
  characters,
  codePointSet,
  complement,
  equal,
  includes,
  intersection,
} from "../automaton/code-points.js";
import type { Notation } from "./automaton-rules.js";
import type { JsonRules } from "./json-rules.js";
import type { Alternatives } from "./rule.js";

const maybePlain = complement(codePointSet([[0, 0x1f], ...characters('"\\')]));

/** The letter behind the backslash, by what it stands for. */
const shortEscapes: readonly (readonly [codePoint: number, letter: string])[] = [
  [0x22, '"'],
  [0x5c, "\\"],
  [0x08, "b"],
  [0x0c, "f"],
  [0x0a, "n"],
  [0x0d, "r"],
  [0x09, "t"],
];

/**
 * The characters of a string as JSON writes them, up to the closing quote.
 *
 * A set of all characters takes every notation. Any other set takes the shortest alone: a model that wants an é where a
 * pattern has one writes it, and not `\u00e9`.
 */
export function stringNotation(json: JsonRules): Notation {
  return {
    write: (set) => (equal(set, anyCodePoint) ? [[json.character]] : writeShort(set)),
    end: ['"'],
  };
}

function writeShort(set: CodePointSet): Alternatives {
  const plain = intersection(set, maybePlain);
  const letters = shortEscapes.filter(([codePoint]) => includes(set, codePoint)).map(([, letter]) => letter);
  const ways = [
    ...(plain.length > 0 ? [[plain]] : []),
    ...(letters.length > 0 ? [["\\", characters(letters.join(""))]] : []),
  ];
  return ways.length > 0 ? ways : controlCharacters(set);
}

/** Those without a short form, which nobody wants: they are written only where the set has nothing else. */
function controlCharacters(set: CodePointSet): Alternatives {
  const ways: string[][] = [];
  for (const [from, to] of set) {
    for (let codePoint = from; codePoint <= to; codePoint++) {
      ways.push([`\\u${codePoint.toString(16).padStart(4, "0")}`]);
    }
  }
  return ways;
}
