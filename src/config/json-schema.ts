import { type Field, fields } from "./fields.js";
import { formOf, type JsonSchema, writtenValue } from "./value-form.js";

/** A JSON Schema of the YAML file, for editors. What depends on two settings together only the start says. */
export function configJsonSchema(): JsonSchema {
  return {
    $schema: "http://json-schema.org/draft-07/schema#",
    title: "weir.yaml",
    description: "Settings of weir serve. Flags and WEIR_ variables go before this file.",
    type: ["object", "null"],
    additionalProperties: false,
    properties: Object.fromEntries(fields.map((field) => [field.key, property(field)])),
  };
}

/** A key without a value is unset. */
function property({ schema, setting, defaultValue }: Field): JsonSchema {
  const { accepts, json } = formOf(schema);
  const { description, defaultText } = setting;
  return {
    description: `${description}. Takes ${accepts}.${defaultText === undefined ? "" : ` Default: ${defaultText}.`}`,
    anyOf: [json, { type: "null" }],
    default: writtenValue(schema, defaultValue),
  };
}
