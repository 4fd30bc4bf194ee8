import { Work } from "../chat/automaton/work.js";
import type { RuleSet } from "../chat/grammar/answer-grammar.js";
import { schemaRules } from "./schema-rules.js";

/** The schemas of one request: what they may cost, and what they were warned of, they have in common. */
export class RequestSchemas {
  readonly warnings: string[] = [];
  readonly #work = new Work();

  /** @throws WeirError `invalid_schema` */
  rulesOf(schema: unknown, options: Omit<Parameters<typeof schemaRules>[1], "work">): RuleSet {
    const { rules, root, warnings } = schemaRules(schema, { ...options, work: this.#work });
    this.warnings.push(...warnings);
    return { rules, root };
  }
}
