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

export const tool = z.looseObject({
  type: callable,
  function: z.looseObject({
    name: z.string().min(1),
    description: z.string().nullish(),
    parameters: z.record(z.string(), z.unknown()).nullish(),
    strict: z.boolean().nullish().describe("Refuses a schema that can't be held to the letter"),
  }),
});

export type Tool = z.output<typeof tool>;

function notText({ input }: { readonly input?: unknown }): string {
  const kind =
    typeof input === "string" ? `is a part of type ${JSON.stringify(input)}` : "is a part without a type";
  return `${kind}: it must be of type "text", since this model reads text only`;
}
