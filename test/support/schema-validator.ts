import { Ajv, type ValidateFunction } from "ajv";
import { Ajv2020 } from "ajv/dist/2020.js";
import formats from "ajv-formats";
import type { JsonSchema } from "./schema-corpus.js";

/** What ajv says of a schema: draft-07 where it says so itself, otherwise 2020-12. */
export function schemaValidator(schema: JsonSchema): ValidateFunction {
  const isOld = typeof schema === "object" && String(schema["$schema"]).includes("draft-07");
  const ajv = isOld ? new Ajv(options) : new Ajv2020(options);
  formats.default(ajv);
  return ajv.compile(schema);
}

const options = { strict: false, logger: false } as const;
