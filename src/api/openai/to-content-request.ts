import { WeirError } from "../../errors.js";
import type { ContentRequest } from "../../prompt/prompt.js";
import type { GenerationFields } from "./generation-fields.js";

const anyObject = { type: "object" };

/**
 * What the content must be; null: any text.
 *
 * @throws WeirError `invalid_value`: more than one field says so
 */
export function toContentRequest(fields: GenerationFields): ContentRequest | null {
  const requests = [fromResponseFormat(fields), fromSchema(fields), fromGrammar(fields)].filter(
    (request) => request !== null,
  );
  const [first = null, second] = requests;
  if (second !== undefined) {
    throw new WeirError(
      "invalid_value",
      "response_format, json_schema and grammar exclude each other: send one of them.",
      { param: "response_format" },
    );
  }
  return first;
}

function fromResponseFormat({ response_format: format }: GenerationFields): ContentRequest | null {
  switch (format?.type) {
    case "json_object": {
      const at = "response_format.schema";
      return { kind: "schema", schema: format.schema ?? anyObject, isStrict: false, at };
    }
    case "json_schema": {
      const { schema, strict } = format.json_schema;
      const at = "response_format.json_schema.schema";
      return { kind: "schema", schema: schema ?? anyObject, isStrict: strict === true, at };
    }
    default:
      return null;
  }
}

function fromSchema({ json_schema: schema }: GenerationFields): ContentRequest | null {
  if (schema === null || schema === undefined) return null;
  return { kind: "schema", schema, isStrict: false, at: "json_schema" };
}

function fromGrammar({ grammar }: GenerationFields): ContentRequest | null {
  return typeof grammar === "string" ? { kind: "grammar", gbnf: grammar, at: "grammar" } : null;
}
