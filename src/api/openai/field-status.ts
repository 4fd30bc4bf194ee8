import { z } from "zod";

/** What a request's field does: docs/api.md and the OpenAPI document show it. */
export type FieldStatus = "supported" | "ignored" | "refused";

/** The field's status in zod's metadata and, since it is an OpenAPI extension, in the OpenAPI document. */
export const statusKey = "x-weir-status";

/** A field that is accepted with any value and has no effect. `description` says why that is right. */
export function ignored(description: string) {
  return z
    .unknown()
    .meta({ [statusKey]: "ignored", description })
    .optional();
}

/**
 * A field that would change the answer and cannot be honoured: absent and null pass, anything else is a 400.
 *
 * @param reason what the client should do instead, to stand behind "x is not supported: "
 */
export function refused(reason: string) {
  return z
    .null({ error: notSupported(reason) })
    .meta(refusal(reason))
    .optional();
}

/** The same for a field that some clients send with a value that means "off", such as `best_of: 1`. */
export function refusedUnless<Value extends string | number | boolean>(neutral: Value, reason: string) {
  return z
    .literal(neutral, { error: notSupported(reason) })
    .nullish()
    .meta(refusal(reason));
}

/** The same for a list that some clients send empty. */
export function refusedUnlessEmpty(reason: string) {
  return z
    .array(z.unknown(), { error: notSupported(reason) })
    .max(0, { error: notSupported(reason) })
    .nullish()
    .meta(refusal(reason));
}

/**
 * The status of a field: what the helpers above have written into it, or what its schema amounts to. A schema that takes
 * anything can't be acted upon. One that takes a single value has no effect but to refuse the others, unless the value is
 * required: then it is a tag, such as a message's role.
 */
export function statusOf(field: z.core.$ZodType): FieldStatus {
  const written = z.globalRegistry.get(field)?.[statusKey];
  if (isStatus(written)) return written;
  if (field instanceof z.ZodOptional || field instanceof z.ZodNullable) {
    const inner = field.unwrap();
    return inner instanceof z.ZodLiteral && inner.values.size === 1 ? "refused" : statusOf(inner);
  }
  if (field instanceof z.ZodNull || field instanceof z.ZodNever) return "refused";
  return field instanceof z.ZodUnknown || field instanceof z.ZodAny ? "ignored" : "supported";
}

function notSupported(reason: string): string {
  return `is not supported: ${reason}`;
}

function refusal(reason: string) {
  return { [statusKey]: "refused", description: reason };
}

function isStatus(value: unknown): value is FieldStatus {
  return value === "supported" || value === "ignored" || value === "refused";
}
