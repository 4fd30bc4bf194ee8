import { z } from "zod";

// Objects are loose throughout: templates read fields beside OpenAI's (reasoning_content, name), and clients send back
// whole messages as they received them.

const textPart = z.looseObject({
  type: z.literal("text", { error: notText }),
  text: z.string(),
});

const content = z.union([z.string(), z.array(textPart)]);

const callable = z.literal("function", { error: 'must be of type "function"' });

const toolCall = z.looseObject({
  // Some clients leave the id out when they replay a call, and templates do without.
  id: z.string().nullish(),
  type: callable,
  function: z.looseObject({ name: z.string(), arguments: z.string() }),
});

const assistantMessage = z
  .looseObject({
    role: z.literal("assistant"),
    content: content.nullish(),
    tool_calls: z.array(toolCall).nullish(),
  })
  .refine(
    ({ content, tool_calls }) => typeof content === "string" || Array.isArray(content) || tool_calls?.length,
    {
      path: ["content"],
      error: "is required where there are no tool_calls: it must be a string or an array of text parts",
    },
  );

/** A message of a conversation, as the chat template will see it. */
export const message = z.discriminatedUnion("role", [
  z.looseObject({ role: z.literal("system"), content }),
  z.looseObject({ role: z.literal("developer"), content }),
  z.looseObject({ role: z.literal("user"), content }),
  assistantMessage,
  z.looseObject({ role: z.literal("tool"), content, tool_call_id: z.string().nullish() }),
]);

export type Message = z.output<typeof message>;

/**
 * Wider than OpenAI's API, which has 64 characters and no dot: MCP servers may use dots and 128 characters (the specification of
 * 2025-11-25, "Tool Names"), and clients pass their names on.
 */
const toolName = z.string().regex(/^[a-zA-Z0-9_.-]{1,128}$/, {
  error: "must be 1 to 128 of the characters a-z, A-Z, 0-9, _, - and .",
});

export const tool = z.looseObject({
  type: callable,
  function: z.looseObject({
    name: toolName.describe("1 to 128 of the characters a-z, A-Z, 0-9, _, - and .; no two tools' the same"),
    description: z.string().nullish(),
    parameters: z.record(z.string(), z.unknown()).nullish(),
    strict: z.boolean().nullish().describe("Refuses a schema that can't be held to the letter"),
  }),
});

export type Tool = z.output<typeof tool>;

/** Of two tools with one name, nobody could say which one a call means. */
export const tools = z.array(tool).check(({ value, issues }) => {
  const first = new Map<string, number>();
  for (const [index, { function: called }] of value.entries()) {
    const other = first.get(called.name);
    if (other === undefined) {
      first.set(called.name, index);
      continue;
    }
    const message = `is that of tools[${other}] too: names must be different`;
    issues.push({ code: "custom", path: [index, "function", "name"], input: called.name, message });
    return;
  }
});

function notText({ input }: { readonly input?: unknown }): string {
  const kind =
    typeof input === "string" ? `is a part of type ${JSON.stringify(input)}` : "is a part without a type";
  return `${kind}: it must be of type "text", since this model reads text only`;
}
