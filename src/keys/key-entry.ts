import { z } from "zod";
import { priorities } from "../gate/flow.js";
import type { ApiKey } from "./api-key.js";

const limit = z.int("a whole number from 1").min(1, "a whole number from 1").optional();

export const keyLimits = z.strictObject({
  "requests-per-minute": limit,
  "requests-per-day": limit,
  "tokens-per-minute": limit,
  "tokens-per-day": limit,
  concurrency: limit,
});

const name = "1 to 64 letters, digits and . _ @ - that begin with a letter or a digit";
export const keyName = z.string(name).regex(/^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$/, name);

const hash = "sha256: and 64 hexadecimal digits";
const weight = "a number from 0.001 to 1000";
const time = "a time such as 2027-01-31T00:00:00Z";

/** A leap second would be no time for Date, and never come. */
const moment = z.iso
  .datetime({ offset: true, error: time })
  .refine((text) => !Number.isNaN(Date.parse(text)), time);

/** A key as the file has it. */
export const keyEntry = z.strictObject({
  name: keyName,
  hash: z.string(hash).regex(/^sha256:[0-9a-f]{64}$/, hash),
  weight: z.number(weight).min(0.001, weight).max(1000, weight).default(1),
  priority: z.enum(priorities, `one of ${priorities.join(", ")}`).default("normal"),
  admin: z.boolean("true or false").default(false),
  limits: keyLimits.default({}),
  created: moment.optional(),
  expires: moment.optional(),
});

export type KeyEntry = z.output<typeof keyEntry>;

export function toApiKey({ name, weight, priority, admin, limits, expires }: KeyEntry): ApiKey {
  return {
    id: name,
    weight,
    priority,
    isAdmin: admin,
    expiresMs: expires === undefined ? null : Date.parse(expires),
    limits: {
      requestsPerMinute: limits["requests-per-minute"] ?? null,
      requestsPerDay: limits["requests-per-day"] ?? null,
      tokensPerMinute: limits["tokens-per-minute"] ?? null,
      tokensPerDay: limits["tokens-per-day"] ?? null,
      concurrency: limits.concurrency ?? null,
    },
  };
}
