import { onlyCodePoint } from "../automaton/code-points.js";
import { anyOf, literal } from "./gbnf.js";
import { type Definition, isRule, type Rule, type Term } from "./rule.js";

/** GBNF of the rules that the root leads to. The root comes first and is called `root`. */
export function printRules(definitions: readonly Definition[], root: Rule): string {
  const used = reachable(definitions, root);
  const names = namesOf(definitions, used);
  const lines = used.map((rule) => {
    const printed = (definitions[rule]?.alternatives ?? []).map((terms) => printSequence(terms, names));
    return `${names.get(rule) ?? ""} ::= ${printed.join(" | ")}\n`;
  });
  return lines.join("");
}

/** The root first. */
function reachable(definitions: readonly Definition[], root: Rule): readonly Rule[] {
  const reached = new Set([root]);
  for (const rule of reached) {
    for (const terms of definitions[rule]?.alternatives ?? []) {
      for (const term of terms) if (isRule(term)) reached.add(term);
    }
  }
  return [...reached];
}

function namesOf(definitions: readonly Definition[], used: readonly Rule[]): ReadonlyMap<Rule, string> {
  const counts = new Map<string, number>();
  const taken = new Set<string>();
  const names = new Map<Rule, string>();
  for (const rule of used) {
    const base = names.size === 0 ? "root" : ruleName(definitions[rule]?.hint ?? "");
    let count = counts.get(base) ?? 1;
    let name = base;
    while (taken.has(name)) name = `${base}-${++count}`;
    counts.set(base, count);
    taken.add(name);
    names.set(rule, name);
  }
  return names;
}

function ruleName(hint: string): string {
  const kept = hint.replace(/[^A-Za-z0-9]+/g, "-").slice(0, 40);
  return kept.replace(/^-+|-+$/g, "") || "rule";
}

/** Neighbouring texts become one; an empty sequence is printed as an empty text. */
function printSequence(terms: readonly Term[], names: ReadonlyMap<Rule, string>): string {
  const parts: string[] = [];
  let text = "";
  const flush = (): void => {
    if (text !== "") parts.push(literal(text));
    text = "";
  };
  for (const term of terms) {
    const character = typeof term === "object" ? onlyCodePoint(term) : null;
    if (typeof term === "string") {
      text += term;
    } else if (character !== null) {
      text += String.fromCodePoint(character);
    } else {
      flush();
      parts.push(isRule(term) ? (names.get(term) ?? "") : anyOf(term));
    }
  }
  flush();
  return parts.length === 0 ? '""' : parts.join(" ");
}
