import { z } from "zod";

const named = z.looseObject({
  type: z.literal("function"),
  function: z.looseObject({ name: z.string().min(1) }),
});

/** Which tools the answer may or must call. */
export const toolChoice = z.union([z.enum(["none", "auto", "required"]), named], {
  error: 'must be "none", "auto", "required" or {"type": "function", "function": {"name": …}}',
});

export type ToolChoice = z.output<typeof toolChoice>;
