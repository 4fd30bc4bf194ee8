import { z } from "zod";
import { generationFields, notYet } from "./generation-fields.js";
import { message, tool } from "./message.js";

/** What the template gets from the request itself. */
const reservedArguments = ["messages", "tools", "add_generation_prompt", "bos_token", "eos_token"];

/** The body of POST /v1/chat/completions. Loose: a field that nobody knows is logged, not refused. */
export const chatRequest = z.looseObject({
  ...generationFields,
  messages: z.array(message).min(1),
  tools: z.array(tool).nullish(),
  tool_choice: z
    .enum(["none", "auto"], { error: notYet('it must be "none" or "auto"') })
    .nullish()
    .describe('"none" hides the tools from the model'),
  parallel_tool_calls: z.boolean().nullish(),
  chat_template_kwargs: z
    .record(z.string(), z.unknown())
    .refine((given) => !reservedArguments.some((name) => Object.hasOwn(given, name)), {
      error: `must not set ${reservedArguments.join(", ")}: the request's own fields do`,
    })
    .nullish(),
  reasoning_effort: z
    .string()
    .nullish()
    .describe('Handed to the chat template; "none" sets enable_thinking to false'),
  logprobs: z.literal(false, { error: notYet("it must be false") }).nullish(),
  top_logprobs: z.literal(0, { error: notYet("leave it out") }).nullish(),
  modalities: z.array(z.literal("text", { error: notYet('only "text" is') })).nullish(),
  audio: z.null({ error: notYet("leave it out") }).optional(),
  functions: z.null({ error: notYet("pass tools instead") }).optional(),
  function_call: z.null({ error: notYet("pass tool_choice instead") }).optional(),
  prediction: z.unknown().optional(),
  verbosity: z.unknown().optional(),
});

export type ChatRequest = z.output<typeof chatRequest>;
