import { z } from "zod";

/** Characters; OpenAI's own are shorter. Hints are kept for as long as a request waits, or its slot holds its tokens. */
const longestHint = 512;
export const hint = z.string().max(longestHint);

/** Who of those behind an API key asks: a hint, since the key's owner may write what he likes. */
export const userFields = {
  user: hint.nullish().describe("While requests of a key wait, its users take turns"),
  safety_identifier: hint.nullish().describe("OpenAI's newer name of user; goes before it"),
} as const;

/** The empty text where it was not told. */
export function userOf(fields: {
  readonly user?: string | null | undefined;
  readonly safety_identifier?: string | null | undefined;
}): string {
  return fields.safety_identifier ?? fields.user ?? "";
}
