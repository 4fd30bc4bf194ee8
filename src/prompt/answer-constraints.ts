import {
  type AnswerGrammar,
  answerGrammar,
  type CallShape,
  type RuleSet,
} from "../chat/grammar/answer-grammar.js";
import { WeirError } from "../errors.js";
import type { ModelHandle } from "../llama/addon.js";
import type { CallRequest, ContentRequest, ReasoningFormat, ToolCallFormat } from "./prompt.js";
import { schemaRules } from "./schema-rules.js";

/** Larger ones would hold the engine up when an answer begins, and take memory for every answer. */
const mostGrammarBytes = 512 * 1024;

/** What the answer's grammar is made of. */
export interface GrammarRequest {
  readonly calls: CallRequest | null;
  /** Null where the model has no form for calls. */
  readonly callFormat: ToolCallFormat | null;
  readonly content: ContentRequest | null;
  /** Null where the answer does not think. */
  readonly reasoning: ReasoningFormat | null;
}

/** Makes the grammar of one answer after the other, and collects what could not be held to the letter. */
export class AnswerConstraints {
  readonly warnings: string[] = [];
  readonly #model: ModelHandle;

  constructor(model: ModelHandle) {
    this.#model = model;
  }

  /**
   * The compiled grammar; null where any text will do.
   *
   * @throws WeirError `invalid_schema`, `invalid_grammar`
   */
  grammarOf({ calls, callFormat, content, reasoning }: GrammarRequest): AnswerGrammar | null {
    const shape = {
      content: content === null ? null : this.#contentRules(content),
      calls: calls === null || callFormat === null ? null : this.#callShape(calls, callFormat),
    };
    const grammar = answerGrammar(shape, reasoning);
    if (grammar !== null) this.#compile(grammar, content);
    return grammar;
  }

  #contentRules(content: ContentRequest): RuleSet {
    if (content.kind === "grammar") return { rules: content.gbnf, root: "root" };
    return this.#rules(content.schema, content.at, content.isStrict, "content-");
  }

  #callShape({ functions, isRequired, isParallel }: CallRequest, format: ToolCallFormat): CallShape {
    return {
      format,
      isRequired,
      isParallel,
      arguments: functions.map(({ parameters, at, isStrict }, index) =>
        this.#rules(parameters, at, isStrict, `tool${index}-`),
      ),
    };
  }

  #rules(schema: unknown, at: string, isStrict: boolean, prefix: string): RuleSet {
    const { rules, root, warnings } = schemaRules(schema, { at, isStrict, prefix });
    this.warnings.push(...warnings);
    return { rules, root };
  }

  #compile({ gbnf, root }: AnswerGrammar, content: ContentRequest | null): void {
    const param = content?.at ?? "tools";
    const bytes = Buffer.byteLength(gbnf);
    if (bytes > mostGrammarBytes) {
      throw new WeirError(
        "invalid_grammar",
        `The grammar of this answer takes ${bytes} bytes: the limit is ${mostGrammarBytes}. Use smaller schemas or fewer tools.`,
        { param },
      );
    }
    try {
      this.#model.compileGrammar(gbnf, root);
    } catch (thrown) {
      if (!(thrown instanceof Error && "code" in thrown && thrown.code === "invalid_grammar")) throw thrown;
      throw new WeirError(
        "invalid_grammar",
        `${param} is not a grammar that llama.cpp can use: ${thrown.message}.`,
        {
          param,
        },
      );
    }
  }
}
