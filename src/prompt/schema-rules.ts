import type { RuleSet } from "../chat/grammar/answer-grammar.js";

export interface SchemaRules extends RuleSet {
  readonly warnings: readonly string[];
}

// INTERIM: any JSON object; replaced by helper "schema".
export function schemaRules(
  _schema: unknown,
  { prefix }: { at: string; isStrict: boolean; prefix: string },
): SchemaRules {
  const p = prefix;
  return {
    root: `${p}root`,
    warnings: [],
    rules: `${p}root ::= ${p}object
${p}ws ::= [ \\t\\n]{0,8}
${p}object ::= "{" ${p}ws (${p}string ":" ${p}ws ${p}value ("," ${p}ws ${p}string ":" ${p}ws ${p}value)*)? ${p}ws "}"
${p}array ::= "[" ${p}ws (${p}value ("," ${p}ws ${p}value)*)? ${p}ws "]"
${p}value ::= ${p}object | ${p}array | ${p}string | ${p}number | "true" | "false" | "null"
${p}string ::= "\\"" ([^"\\\\\\x00-\\x1f] | "\\\\" (["\\\\bfnrt/] | "u" [0-9a-fA-F]{4}))* "\\""
${p}number ::= "-"? [0-9]{1,15} ("." [0-9]{1,15})?`,
  };
}
