import type { ReasoningFormat, ToolCallFormat } from "../../prompt/prompt.js";
import { literal } from "./gbnf.js";
import { textUntilTag } from "./tag-rules.js";

/** A grammar (GBNF) and the rule that the whole answer matches. */
export interface AnswerGrammar {
  readonly gbnf: string;
  readonly root: string;
}

/** Rules with the name of their root. */
export interface RuleSet {
  readonly rules: string;
  readonly root: string;
}

/** What the answer may be, besides its thinking. */
export interface AnswerShape {
  /** The content must match it; null: any text. */
  readonly content: RuleSet | null;
  readonly calls: CallShape | null;
}

export interface CallShape {
  readonly format: ToolCallFormat;
  /** One for each of the format's names. */
  readonly arguments: readonly RuleSet[];
  /** There must be a call, and nothing else. */
  readonly isRequired: boolean;
  /** There may be several. */
  readonly isParallel: boolean;
}

const root = "weir-answer";
/** Between the parts of a call, where JSON allows it; a bound, so that a model that rambles does not do it here. */
const space = "weir-space ::= [ \\t\\n]{0,16}";

/**
 * The grammar of a whole answer: thinking first, where the model has it, then content or calls. Null where any text will do.
 *
 * @param reasoning null where the model does not think, or has done so in the prompt
 */
export function answerGrammar(shape: AnswerShape, reasoning: ReasoningFormat | null): AnswerGrammar | null {
  if (shape.content === null && shape.calls === null) return null;
  const rules = [space, ...bodyRules(shape), ...thinkingRules(shape, reasoning)];
  return { gbnf: `${rules.join("\n")}\n`, root };
}

function bodyRules({ content, calls }: AnswerShape): string[] {
  if (calls === null) return [`weir-body ::= ${content?.root}`, content?.rules ?? ""];
  const callText = callRules(calls);
  if (calls.isRequired) return ["weir-body ::= weir-calls", ...callText];
  if (content !== null) return [`weir-body ::= weir-calls | ${content.root}`, content.rules, ...callText];
  const { startTag } = calls.format;
  // What follows a call is as free as what comes before: a model that has more to say must not be made to call again.
  const afterCall = calls.isParallel ? "weir-text0" : "weir-rest0";
  return [
    "weir-body ::= weir-text0",
    ...textUntilTag("weir-text", startTag, `weir-call ${afterCall}`, { mayEnd: true }),
    ...(calls.isParallel ? [] : textUntilTag("weir-rest", startTag, null, { mayEnd: true })),
    ...callText,
  ];
}

/** `weir-calls`, and what follows a start tag: `weir-call weir-more-calls`. */
function callRules({ format, arguments: argumentRules, isParallel }: CallShape): string[] {
  const { startTag, endTag, nameField, argumentsField, names } = format;
  const start = literal(startTag);
  const head = `weir-space "{" weir-space ${literal(JSON.stringify(nameField))} weir-space ":" weir-space`;
  const middle = `weir-space "," weir-space ${literal(JSON.stringify(argumentsField))} weir-space ":" weir-space`;
  const alternatives = names.map(
    (name, index) => `${literal(JSON.stringify(name))} ${middle} ${argumentRules[index]?.root}`,
  );
  const end = endTag === "" ? "" : ` weir-space ${literal(endTag)}`;
  return [
    `weir-calls ::= ${start} weir-call weir-more-calls`,
    `weir-call ::= ${head} (${alternatives.join(" | ")}) weir-space "}"${end}`,
    // Models end with a line break as often as not: one that could not be followed by the end would force another call.
    `weir-more-calls ::= ${isParallel ? `(weir-space ${start} weir-call)* ` : ""}weir-space`,
    ...new Set(argumentRules.map(({ rules }) => rules)),
  ];
}

function thinkingRules(shape: AnswerShape, reasoning: ReasoningFormat | null): string[] {
  if (reasoning === null) return [`${root} ::= weir-body`];
  // An answer that must be something can't end in the middle of a thought.
  const mayEnd = shape.content === null && shape.calls?.isRequired !== true;
  const thinking = textUntilTag("weir-thinking", reasoning.endTag, "weir-space weir-body", { mayEnd });
  if (reasoning.open) return [`${root} ::= weir-thinking0`, ...thinking];
  const start = literal(reasoning.startTag);
  return [`${root} ::= weir-space ${start} weir-thinking0 | weir-body`, ...thinking];
}
