import { z } from "zod";
import { ignored, refused } from "./field-status.js";
import { generationFields, maxInt32 } from "./generation-fields.js";
import { message, tools } from "./message.js";
import { toolChoice } from "./tool-choice.js";

/** What the template gets from the request itself. */
const reservedArguments = ["messages", "tools", "add_generation_prompt", "bos_token", "eos_token"];

export const reasoningEfforts = ["none", "minimal", "low", "medium", "high", "xhigh", "max"] as const;

const budget = z.int().min(-1).max(maxInt32);

/** The body of POST /v1/chat/completions. Loose: a field that nobody knows is logged, not refused. */
export const chatRequest = z
  .looseObject({
    ...generationFields,
    messages: z.array(message).min(1),
    tools: tools.nullish(),
    tool_choice: toolChoice
      .nullish()
      .describe(
        '"none" hides the tools from the model; "required" and a named function are held by a grammar',
      ),
    parallel_tool_calls: z.boolean().nullish().describe("false: at most one call an answer"),
    chat_template_kwargs: z
      .record(z.string(), z.unknown())
      .refine((given) => !reservedArguments.some((name) => Object.hasOwn(given, name)), {
        error: `must not set ${reservedArguments.join(", ")}: the request's own fields do`,
      })
      .nullish(),
    reasoning_effort: z
      .enum(reasoningEfforts)
      .nullish()
      .describe(
        '"none" turns thinking off; minimal, low and medium limit it to 512, 2,048 and 8,192 tokens; handed to the template too',
      ),
    enable_thinking: z.boolean().nullish().describe("Short for chat_template_kwargs.enable_thinking"),
    thinking_budget_tokens: budget
      .nullish()
      .describe("Thinking is ended after so many tokens; -1 is no limit"),
    reasoning_budget_tokens: budget.nullish().describe("Another name of thinking_budget_tokens"),
    reasoning_format: z
      .enum(["auto", "deepseek"], { error: 'must be "auto": thinking comes as reasoning_content' })
      .nullish(),
    continue_final_message: z
      .boolean()
      .nullish()
      .describe(
        "The last message, the assistant's, is the beginning of the answer; the default where it is the last. Not together with response_format, json_schema or grammar",
      ),
    add_generation_prompt: z
      .boolean()
      .nullish()
      .describe(
        "false: the prompt ends with the last message, which is the beginning of the answer where it is the assistant's",
      ),
    logprobs: z.boolean().nullish(),
    top_logprobs: z.int().min(0).max(20).nullish(),
    modalities: z.array(z.literal("text", { error: 'is not supported: only "text" is' })).nullish(),
    audio: refused("leave it out: this server writes text"),
    functions: refused("pass tools instead"),
    function_call: refused("pass tool_choice instead"),
    prediction: ignored("Predicted outputs only save time"),
    verbosity: ignored("Models here have no such setting"),
    web_search_options: refused("leave it out: this server searches nothing"),
  })
  .refine(({ logprobs, top_logprobs }) => !top_logprobs || logprobs === true, {
    path: ["top_logprobs"],
    error: "needs logprobs: set logprobs to true",
  });

export type ChatRequest = z.output<typeof chatRequest>;
