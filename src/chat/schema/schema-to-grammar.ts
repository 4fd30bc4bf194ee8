import { Work } from "../automaton/work.js";
import { Conversion } from "./conversion.js";
import { Findings } from "./findings.js";
import { Shapes } from "./shapes.js";

export interface SchemaOptions {
  /** Refuse what a grammar can't hold, instead of leaving it out with a warning. */
  readonly isStrict: boolean;
  /** Only objects, whatever else the schema lets pass: the arguments of a tool are one. */
  readonly objectOnly?: boolean;
  /** What it may cost, for several schemas of one request. */
  readonly work?: Work;
}

export interface SchemaGrammar {
  /** GBNF; its root rule is `root`. */
  readonly grammar: string;
  /** What an answer may violate, each with its JSON pointer. Empty where `isStrict`. */
  readonly warnings: readonly string[];
}

/**
 * The grammar of the JSON texts whose values satisfy a schema (draft 2020-12, or an earlier one).
 *
 * A text that the grammar takes to its end parses, and its value satisfies the schema, except for what the warnings name.
 * The grammar may be stricter: it writes properties in the schema's order, and none that the schema does not list unless it
 * has `additionalProperties` (docs/decisions/0018).
 *
 * @param at the request's field that holds the schema, for messages: `tools[0].function.parameters`
 * @throws WeirError `invalid_schema`: no schema, too large, unsatisfiable, or where `isStrict` more than a grammar can hold
 */
export function schemaToGrammar(schema: unknown, at: string, options: SchemaOptions): SchemaGrammar {
  const findings = new Findings(at, options.isStrict);
  const conversion = new Conversion(new Shapes(schema, findings, options.work ?? new Work()));
  const grammar = conversion.run(options.objectOnly ?? false);
  return { grammar, warnings: findings.warnings };
}
