import { createHash } from "node:crypto";
import { type AnswerGrammar, answerGrammar, type RuleSet } from "../chat/grammar/answer-grammar.js";
import { WeirError } from "../errors.js";
import type { ModelHandle } from "../llama/addon.js";
import { CallArguments } from "./call-arguments.js";
import type { CallRequest, ContentRequest, ReasoningFormat, ToolCallFormat } from "./prompt.js";
import { RequestSchemas } from "./request-schemas.js";

/** Larger ones would hold the engine up when an answer begins, and take memory for every answer. */
const mostGrammarBytes = 512 * 1024;

/** Agents send the same tools with every turn. */
const mostKept = 64;

/** What the answer's grammar is made of. */
export interface GrammarRequest {
  readonly calls: CallRequest | null;
  /** Null where the model has no form for calls. */
  readonly callFormat: ToolCallFormat | null;
  readonly content: ContentRequest | null;
  /** Null where the answer does not think. */
  readonly reasoning: ReasoningFormat | null;
}

/** A compiled grammar, and what of the request it does not hold to the letter. */
export interface PreparedGrammar extends AnswerGrammar {
  readonly warnings: readonly string[];
}

const anyText: PreparedGrammar = { gbnf: "", root: "", warnings: [] };

/** Makes the grammars of answers, and keeps those of the last requests. */
export class AnswerGrammars {
  readonly #model: ModelHandle;
  /** Least recently used first. */
  readonly #kept = new Map<string, PreparedGrammar>();

  constructor(model: ModelHandle) {
    this.#model = model;
  }

  /**
   * The grammar, empty where any text will do.
   *
   * @throws WeirError `invalid_schema`, `invalid_grammar`
   */
  of(request: GrammarRequest): PreparedGrammar {
    if (request.content === null && (request.calls === null || request.callFormat === null)) return anyText;
    const key = createHash("sha256").update(JSON.stringify(request)).digest("base64");
    const prepared = this.#kept.get(key) ?? this.#prepare(request);
    // Also of those that are kept: otherwise the engine would compile what the model has dropped meanwhile.
    this.#compile(prepared, request);
    this.#kept.delete(key);
    this.#kept.set(key, prepared);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > mostKept && oldest !== undefined) this.#kept.delete(oldest);
    return prepared;
  }

  #prepare({ calls, callFormat, content, reasoning }: GrammarRequest): PreparedGrammar {
    const schemas = new RequestSchemas();
    const contentShape = content === null ? null : contentRules(content, schemas);
    if (calls === null || callFormat === null) {
      const grammar = answerGrammar({ content: contentShape, calls: null }, reasoning);
      return grammar === null ? anyText : { ...grammar, warnings: schemas.warnings };
    }
    const callArguments = new CallArguments(calls.functions, schemas);
    for (;;) {
      const { isRequired, isParallel } = calls;
      const callShape = { format: callFormat, isRequired, isParallel, arguments: callArguments.rules };
      const grammar = answerGrammar({ content: contentShape, calls: callShape }, reasoning) ?? anyText;
      const excessBytes = Buffer.byteLength(grammar.gbnf) - mostGrammarBytes;
      if (excessBytes > 0 && callArguments.relax(excessBytes)) continue;
      return { ...grammar, warnings: [...schemas.warnings, ...callArguments.warnings] };
    }
  }

  #compile({ gbnf, root }: AnswerGrammar, { calls, content }: GrammarRequest): void {
    const param = content?.at ?? "tools";
    // First alone: what is wrong with it is told in the client's own words.
    if (content?.kind === "grammar") this.#compileOwn(content.gbnf, param);
    const bytes = Buffer.byteLength(gbnf);
    if (bytes > mostGrammarBytes) {
      const text = `${originOf(calls, content)} ${bytes} bytes: the limit is ${mostGrammarBytes}. ${remedyOf(calls)}`;
      throw new WeirError("invalid_grammar", text, { param });
    }
    const problem = this.#problemOf(gbnf, root);
    if (problem === null) return;
    const what = `${param} makes a grammar that llama.cpp can't use: ${withoutOwnRules(problem)}.`;
    throw new WeirError("invalid_grammar", `${what} ${remedyOf(calls)}`, { param });
  }

  #compileOwn(gbnf: string, param: string): void {
    const problem = this.#problemOf(gbnf, "root");
    if (problem === null) return;
    throw new WeirError("invalid_grammar", `${param} is not a grammar that llama.cpp can use: ${problem}.`, {
      param,
    });
  }

  #problemOf(gbnf: string, root: string): string | null {
    try {
      this.#model.compileGrammar(gbnf, root);
      return null;
    } catch (thrown) {
      if (!(thrown instanceof Error && "code" in thrown && thrown.code === "invalid_grammar")) throw thrown;
      return thrown.message;
    }
  }
}

/** The rules around the client's are Weir's: neither their names nor their text say anything to whoever reads the message. */
function withoutOwnRules(problem: string): string {
  return /^it |^the rule .* matches nothing/.test(problem)
    ? problem.replace(/^the rule \S+ /, "a part of it ")
    : "it can't be read";
}

/** What a grammar that is too large was made of, for a message. */
function originOf(calls: CallRequest | null, content: ContentRequest | null): string {
  if (calls === null) return `The grammar that holds the answer to ${content?.at} has`;
  const count = calls.functions.length;
  const tools = `the schemas of ${count === 1 ? "the tool" : `all ${count} tools`}`;
  if (content !== null) return `The grammar that is made of ${tools} and of ${content.at} together has`;
  return `The grammar that is made of ${tools}${count === 1 ? "" : " together"} has`;
}

function remedyOf(calls: CallRequest | null): string {
  if (calls === null) return "Make it smaller.";
  return "Send fewer tools, or simplify their parameters: enums, patterns and lengths take most.";
}

function contentRules(content: ContentRequest, schemas: RequestSchemas): RuleSet {
  if (content.kind === "grammar") {
    refuseOwnNames(content.gbnf, content.at);
    return { rules: content.gbnf, root: "root" };
  }
  const { schema, at, isStrict } = content;
  return schemas.rulesOf(schema, { at, isStrict, prefix: "content-" });
}

/**
 * A client's rule would take the place of one of the same name around it.
 *
 * @throws WeirError `invalid_grammar`
 */
function refuseOwnNames(gbnf: string, param: string): void {
  const [, name] = /^[ \t]*((?:weir|tool\d+)-[\w-]*)\s*::=/m.exec(gbnf) ?? [];
  if (name === undefined) return;
  const text = `${param} has a rule ${name.slice(0, 60)}: names that begin with weir- or tool and a number are Weir's own. Rename it.`;
  throw new WeirError("invalid_grammar", text, { param });
}
