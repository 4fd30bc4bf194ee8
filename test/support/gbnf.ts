/** A character's code point range, or the name of a rule. */
type GbnfTerm = readonly (readonly [from: number, to: number])[] | string;

interface Stack {
  readonly term: GbnfTerm;
  readonly alternative: readonly GbnfTerm[];
  readonly index: number;
  readonly below: Stack | null;
}

/**
 * Reads the part of GBNF that Weir's own grammars are written in (texts, classes, names, alternatives), and says which texts a
 * grammar takes. It follows llama.cpp's way: all stacks at once, character by character.
 */
export class Gbnf {
  readonly #rules = new Map<string, readonly (readonly GbnfTerm[])[]>();
  readonly #heights = new Map<string, number>();

  constructor(text: string) {
    for (const line of text.trimEnd().split("\n")) {
      const [name = "", right = ""] = line.split(" ::= ");
      this.#rules.set(name, readAlternatives(right));
    }
    this.#measure();
  }

  get ruleCount(): number {
    return this.#rules.size;
  }

  accepts(text: string): boolean {
    let stacks = this.#start();
    for (const character of text) {
      const codePoint = character.codePointAt(0) ?? 0;
      stacks = this.#step(stacks, codePoint);
      if (stacks.length === 0) return false;
    }
    return stacks.includes(null);
  }

  /** The most stacks that were alive at once while it read a text. */
  widest(text: string): number {
    let stacks = this.#start();
    let widest = stacks.length;
    for (const character of text) {
      stacks = this.#step(stacks, character.codePointAt(0) ?? 0);
      widest = Math.max(widest, stacks.length);
    }
    return widest;
  }

  /** A text of the grammar. After `effort` rules it takes the shortest way to an end. */
  sample(random: (below: number) => number, effort = 200): string {
    let text = "";
    let used = 0;
    const open: GbnfTerm[] = ["root"];
    for (let term = open.pop(); term !== undefined; term = open.pop()) {
      if (typeof term === "string") {
        const alternatives = this.#rules.get(term) ?? [];
        const chosen =
          ++used < effort ? alternatives[random(alternatives.length)] : this.#shortest(alternatives);
        open.push(...[...(chosen ?? [])].reverse());
      } else {
        const [from, to] = term[random(term.length)] ?? [0x3f, 0x3f];
        text += String.fromCodePoint(from + random(Math.min(to - from + 1, 0x3000)));
      }
    }
    return text;
  }

  #start(): (Stack | null)[] {
    return this.#advance((this.#rules.get("root") ?? []).map((alternative) => enter(alternative, 0, null)));
  }

  #step(stacks: readonly (Stack | null)[], codePoint: number): (Stack | null)[] {
    const matched = stacks.filter(
      (stack): stack is Stack =>
        stack !== null &&
        typeof stack.term !== "string" &&
        stack.term.some(([from, to]) => from <= codePoint && codePoint <= to),
    );
    return this.#advance(
      matched.map(({ alternative, index, below }) => enter(alternative, index + 1, below)),
    );
  }

  /** The stacks with a character on top, or nothing at all, that these lead to. */
  #advance(stacks: readonly (Stack | null)[]): (Stack | null)[] {
    const result = new Map<string, Stack | null>();
    const open = [...stacks];
    const seen = new Set<string>();
    for (let stack = open.pop(); stack !== undefined; stack = open.pop()) {
      const key = keyOf(stack);
      if (seen.has(key)) continue;
      seen.add(key);
      if (stack === null || typeof stack.term !== "string") {
        result.set(key, stack);
        continue;
      }
      const alternatives = this.#rules.get(stack.term);
      if (alternatives === undefined) throw new Error(`no rule ${stack.term}`);
      const after = enter(stack.alternative, stack.index + 1, stack.below);
      for (const alternative of alternatives) open.push(enter(alternative, 0, after));
    }
    return [...result.values()];
  }

  #shortest(alternatives: readonly (readonly GbnfTerm[])[]): readonly GbnfTerm[] | undefined {
    return [...alternatives].sort((a, b) => this.#height(a) - this.#height(b))[0];
  }

  #height(terms: readonly GbnfTerm[]): number {
    return terms.reduce(
      (sum, term) =>
        sum + (typeof term === "string" ? (this.#heights.get(term) ?? Number.POSITIVE_INFINITY) : 1),
      1,
    );
  }

  #measure(): void {
    for (let changed = true; changed; ) {
      changed = false;
      for (const [name, alternatives] of this.#rules) {
        const height = Math.min(...alternatives.map((terms) => this.#height(terms)));
        if (height >= (this.#heights.get(name) ?? Number.POSITIVE_INFINITY)) continue;
        this.#heights.set(name, height);
        changed = true;
      }
    }
  }
}

const identities = new WeakMap<readonly GbnfTerm[], number>();
let nextIdentity = 0;

function keyOf(stack: Stack | null): string {
  const parts: string[] = [];
  for (let at = stack; at !== null; at = at.below) {
    const identity = identities.get(at.alternative) ?? nextIdentity++;
    identities.set(at.alternative, identity);
    parts.push(`${identity}.${at.index}`);
  }
  return parts.join();
}

function enter(alternative: readonly GbnfTerm[], index: number, below: Stack | null): Stack | null {
  const term = alternative[index];
  return term === undefined ? below : { term, alternative, index, below };
}

function readAlternatives(right: string): readonly (readonly GbnfTerm[])[] {
  const alternatives: GbnfTerm[][] = [[]];
  const piece = /\s+|"((?:\\.|[^"\\])*)"|\[((?:\\.|[^\]\\])*)\]|([A-Za-z0-9-]+)|(\|)/gy;
  let end = 0;
  for (const [text, literal, set, name, bar] of right.matchAll(piece)) {
    end += text.length;
    const current = alternatives.at(-1) ?? [];
    if (bar !== undefined) alternatives.push([]);
    else if (name !== undefined) current.push(name);
    else if (literal !== undefined)
      current.push(...readCharacters(literal).map((code) => [[code, code]] as const));
    else if (set !== undefined) current.push(readClass(set));
  }
  if (end !== right.length) throw new Error(`can't read ${right.slice(end, end + 40)}`);
  return alternatives;
}

function readClass(set: string): readonly (readonly [number, number])[] {
  const character = "\\\\x..|\\\\u.{4}|\\\\U.{8}|[^-]";
  const ranges = set.matchAll(new RegExp(`(${character})(?:-(${character}))?`, "gu"));
  return Array.from(ranges, ([, from = "", to = from]) => {
    return [readCharacters(from)[0] ?? 0, readCharacters(to)[0] ?? 0] as const;
  });
}

function readCharacters(text: string): number[] {
  const characters = text.matchAll(/\\x(..)|\\u(.{4})|\\U(.{8})|\\(.)|([\s\S])/gu);
  return Array.from(characters, ([, two, four, eight, escaped, plain]) => {
    const digits = two ?? four ?? eight;
    return digits === undefined
      ? ((escaped ?? plain ?? "").codePointAt(0) ?? 0)
      : Number.parseInt(digits, 16);
  });
}
