import type { z } from "zod";

const longestQuote = 60;

const kinds: Readonly<Record<string, string>> = {
  int: "an integer",
  number: "a number",
  string: "a string",
  boolean: "true or false",
  array: "an array",
  tuple: "an array",
  object: "an object",
  record: "an object",
  null: "null",
};

/**
 * What is wrong with a value and what would be right, to stand behind the field's name. This is zod's error map; a text
 * that a schema brings itself takes its place. Empty means: ask the issues inside.
 */
export function issueText(issue: z.core.$ZodRawIssue): string {
  switch (issue.code) {
    case "invalid_type":
      return expected(kindOf(issue.expected), issue.input);
    case "invalid_value":
      return expected(alternatives(issue.values.map((value) => JSON.stringify(value))), issue.input);
    case "too_small":
      return bound("at least", issue.origin, Number(issue.minimum), issue.inclusive === false, issue.input);
    case "too_big":
      return bound("at most", issue.origin, Number(issue.maximum), issue.inclusive === false, issue.input);
    case "invalid_union":
      return unionText(issue);
    default:
      return "is not valid";
  }
}

/** Empty where one of the alternatives has the value's type: then the issue inside that alternative says more. */
function unionText(issue: z.core.$ZodRawIssue<z.core.$ZodIssueInvalidUnion>): string {
  if (issue.discriminator !== undefined && Array.isArray(issue.options)) {
    const options = issue.options.map((option) => JSON.stringify(option));
    return expected(alternatives(options), fieldOf(issue.input, issue.discriminator));
  }
  const wanted: string[] = [];
  for (const [first] of issue.errors) {
    if (first === undefined || !isWrongType(first)) return "";
    wanted.push(kindOf(first.expected));
  }
  return expected(alternatives(wanted), issue.input);
}

/** The whole value has the wrong type, as opposed to something within it. */
export function isWrongType(issue: z.core.$ZodIssue): issue is z.core.$ZodIssueInvalidType {
  return issue.code === "invalid_type" && issue.path.length === 0;
}

export function expected(wanted: string, got: unknown): string {
  return got === undefined ? `is required and must be ${wanted}` : `must be ${wanted}, got ${quote(got)}`;
}

function bound(side: string, origin: string, limit: number, exclusive: boolean, got: unknown): string {
  if (origin === "string" && limit === 1) return "must not be empty";
  if (origin === "array" && limit === 1 && side === "at least") return "must not be empty";
  if (origin === "array")
    return `must have ${side} ${limit} entries, got ${Array.isArray(got) ? got.length : 0}`;
  if (origin === "string")
    return `must have ${side} ${limit} characters, got ${typeof got === "string" ? got.length : 0}`;
  const comparison = exclusive ? (side === "at least" ? "greater than" : "less than") : side;
  return `must be ${comparison} ${limit}, got ${quote(got)}`;
}

function kindOf(type: string): string {
  return kinds[type] ?? type;
}

function alternatives(words: readonly string[]): string {
  return new Intl.ListFormat("en", { type: "disjunction" }).format([...new Set(words)]);
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
}

/** What was sent, short enough for a message, in whole characters. */
export function quote(value: unknown): string {
  if (Array.isArray(value)) return "an array";
  if (typeof value === "object" && value !== null) return "an object";
  return shortened(JSON.stringify(value) ?? String(value));
}

/** Short enough for a message, in whole characters. */
export function shortened(text: string): string {
  return text.length > longestQuote ? `${text.slice(0, longestQuote).toWellFormed()}…` : text;
}
