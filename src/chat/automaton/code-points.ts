/** Code points from `from` to `to`, both included. */
export type CodePointRange = readonly [from: number, to: number];

/** A set of code points: ranges in increasing order that neither overlap nor touch. */
export type CodePointSet = readonly CodePointRange[];

/** Every character of well-formed text: no surrogates. */
export const anyCodePoint: CodePointSet = [
  [0, 0xd7ff],
  [0xe000, 0x10ffff],
];

export const noCodePoint: CodePointSet = [];

/** The set of these ranges, which may overlap and come in any order. Surrogates are left out. */
export function codePointSet(ranges: Iterable<CodePointRange>): CodePointSet {
  const merged: [number, number][] = [];
  for (const [from, to] of [...ranges].sort((a, b) => a[0] - b[0])) {
    const last = merged.at(-1);
    if (last !== undefined && from <= last[1] + 1) last[1] = Math.max(last[1], to);
    else merged.push([from, to]);
  }
  return intersection(merged, anyCodePoint);
}

/** The set of these characters. */
export function characters(text: string): CodePointSet {
  return codePointSet(Array.from(text, (character) => single(character)));
}

function single(character: string): CodePointRange {
  const codePoint = character.codePointAt(0) ?? 0;
  return [codePoint, codePoint];
}

export function union(...sets: readonly CodePointSet[]): CodePointSet {
  return codePointSet(sets.flat());
}

export function intersection(a: CodePointSet, b: CodePointSet): CodePointSet {
  const common: CodePointRange[] = [];
  for (let i = 0, j = 0; ; ) {
    const [left, right] = [a[i], b[j]];
    if (left === undefined || right === undefined) return common;
    const from = Math.max(left[0], right[0]);
    const to = Math.min(left[1], right[1]);
    if (from <= to) common.push([from, to]);
    if (left[1] < right[1]) i++;
    else j++;
  }
}

/** Every character that is not in the set. */
export function complement(set: CodePointSet): CodePointSet {
  const rest: CodePointRange[] = [];
  let next = 0;
  for (const [from, to] of set) {
    if (from > next) rest.push([next, from - 1]);
    next = to + 1;
  }
  if (next <= 0x10ffff) rest.push([next, 0x10ffff]);
  return intersection(rest, anyCodePoint);
}

export function includes(set: CodePointSet, codePoint: number): boolean {
  return set.some(([from, to]) => from <= codePoint && codePoint <= to);
}

export function equal(a: CodePointSet, b: CodePointSet): boolean {
  return (
    a.length === b.length && a.every(([from, to], index) => b[index]?.[0] === from && b[index]?.[1] === to)
  );
}

/** The only code point of a set that has one; otherwise null. */
export function onlyCodePoint(set: CodePointSet): number | null {
  const [first] = set;
  return set.length === 1 && first !== undefined && first[0] === first[1] ? first[0] : null;
}
