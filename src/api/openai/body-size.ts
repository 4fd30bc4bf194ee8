import { WeirError } from "../../errors.js";
import { maxDocuments } from "./rerank-request.js";

/** More entries than any client sends; checking each of them would hold up everybody's streams. */
export const bodyLimits = {
  fields: 256,
  messages: 16_384,
  tools: 1_024,
  logit_bias: 1_024,
  chat_template_kwargs: 256,
  tokens: 262_144,
  content: 65_536,
  documents: maxDocuments,
} as const;

/** @throws WeirError `invalid_value`: a list or an object of the body has more entries than its limit */
export function checkBodySize(body: unknown): void {
  if (typeof body !== "object" || body === null) return;
  const fields = Object.keys(body).length;
  if (fields > bodyLimits.fields) {
    throw new WeirError(
      "invalid_value",
      `The request body has ${fields} fields: the limit is ${bodyLimits.fields}.`,
    );
  }
  for (const [field, value] of Object.entries(body)) {
    if (!isLimited(field) || typeof value !== "object" || value === null) continue;
    const entries = Array.isArray(value) ? value.length : Object.keys(value).length;
    if (entries > bodyLimits[field]) {
      const text = `${field} has ${entries} entries: the limit is ${bodyLimits[field]}.`;
      throw new WeirError("invalid_value", text, { param: field });
    }
  }
}

function isLimited(field: string): field is keyof typeof bodyLimits {
  return field !== "fields" && Object.hasOwn(bodyLimits, field);
}
