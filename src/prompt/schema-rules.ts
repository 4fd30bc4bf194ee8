import type { RuleSet } from "../chat/grammar/answer-grammar.js";
import { prefixRules } from "../chat/grammar/prefix-rules.js";
import { type SchemaOptions, schemaToGrammar } from "../chat/schema/schema-to-grammar.js";

export interface SchemaRules extends RuleSet {
  readonly warnings: readonly string[];
}

/**
 * The rules of a schema with a prefix before their names, to stand beside those of others.
 *
 * @param at the request's field that holds the schema
 * @throws WeirError `invalid_schema`
 */
export function schemaRules(
  schema: unknown,
  { at, prefix, ...options }: SchemaOptions & { readonly at: string; readonly prefix: string },
): SchemaRules {
  const { grammar, warnings } = schemaToGrammar(schema, at, options);
  return { rules: prefixRules(grammar, prefix).trimEnd(), root: `${prefix}root`, warnings };
}
