import { callScript, script, thinkingText } from "../support/echo-script.js";
import type { Json } from "./json.js";

// Short answers: ten thousand of them are asked for.
const base = { model: "echo", max_tokens: 6, temperature: 0 };
/** Qwen's template by hand, so that the answer ends by itself. */
const prompt = "<|im_start|>user\none two three<|im_end|>\n<|im_start|>assistant\n";
/** "hi" in the same way, in Qwen's tokens. */
const tokens = [151644, 872, 198, 6023, 151645, 198, 151644, 77091, 198];
const hi = [{ role: "user", content: "hi" }];

const schema = {
  type: "object",
  properties: {
    city: { type: "string", minLength: 1, maxLength: 20, pattern: "^[A-Z][a-z]*$" },
    days: { type: "array", items: { type: "integer", minimum: 0, maximum: 9 }, minItems: 1, maxItems: 3 },
    unit: { enum: ["celsius", "fahrenheit", null] },
    place: { anyOf: [{ $ref: "#/$defs/point" }, { type: "null" }] },
    when: { type: "string", format: "date" },
  },
  required: ["city", "days"],
  additionalProperties: false,
  $defs: {
    point: {
      type: "object",
      properties: { x: { type: "number" }, next: { $ref: "#/$defs/point" } },
      required: ["x"],
    },
  },
};
const call = { name: "get_weather", arguments: { city: "Paris", days: [1] } };
const tools = [
  {
    type: "function",
    function: { name: "get_weather", description: "Weather", parameters: schema, strict: true },
  },
  { type: "function", function: { name: "get_time" } },
];

const named = { type: "function", function: { name: "get_weather" } };
const namedSchema = { name: "weather", strict: true, schema };

const conversation = [
  { role: "system", content: "Be brief." },
  {
    role: "user",
    content: [
      { type: "text", text: "one" },
      { type: "text", text: "two" },
    ],
  },
  { role: "assistant", content: "one", reasoning_content: "so", name: "weir" },
  { role: "user", content: script(thinkingText("a", "b")), name: "u" },
];
const toolConversation = [
  { role: "user", content: callScript([call], "Cold.") },
  {
    role: "assistant",
    content: null,
    tool_calls: [
      { id: "call_1", type: "function", function: { name: "get_weather", arguments: '{"city":"Paris"}' } },
    ],
  },
  { role: "tool", tool_call_id: "call_1", content: "3" },
];
const asksForTool = [{ role: "user", content: callScript([call], "") }];
const object = [{ role: "user", content: script('{"city":"Paris","days":[1]}') }];
const usage = { stream: true, stream_options: { include_usage: true } };

const chats: readonly Json[] = [
  { ...base, messages: hi },
  { ...base, messages: hi, ...usage },
  {
    ...base,
    messages: conversation,
    top_p: 0.9,
    top_k: 40,
    min_p: 0.05,
    seed: 7,
    stop: ["x", "yy"],
    stop_token_ids: [7],
    min_tokens: 2,
    presence_penalty: 0.1,
    frequency_penalty: 0.1,
    repeat_penalty: 1.1,
    logit_bias: { "100": -5 },
    reasoning_effort: "low",
    thinking_budget_tokens: 3,
    chat_template_kwargs: { enable_thinking: true },
    user: "u-1",
    metadata: { a: "b" },
  },
  { ...base, messages: hi, n: 2, logprobs: true, top_logprobs: 2, return_progress: true, ...usage },
  { ...base, messages: toolConversation, tools, tool_choice: "auto", parallel_tool_calls: true },
  { ...base, messages: asksForTool, tools, tool_choice: "required", logprobs: true, ...usage },
  { ...base, messages: asksForTool, tools, tool_choice: named, parallel_tool_calls: false },
  { ...base, messages: object, response_format: { type: "json_schema", json_schema: namedSchema } },
  { ...base, messages: object, response_format: { type: "json_object" }, n: 2, ...usage },
  { ...base, messages: hi, grammar: 'root ::= ("hi" | [a-z]{1,3} | "\\"" x?)+\nx ::= "x" | root' },
  { ...base, messages: [...hi, { role: "assistant", content: "h" }], continue_final_message: true },
];

const completions: readonly Json[] = [
  { ...base, prompt },
  { ...base, prompt, stop: "x", seed: 1, ...usage },
  { ...base, prompt: [prompt, prompt], best_of: 2, top_p: 0.5, logit_bias: { "1": 1 }, echo: true },
  { ...base, prompt, logprobs: 2 },
  { ...base, prompt: [tokens, tokens], echo: true, logprobs: 1, max_tokens: 0 },
  { ...base, prompt, echo: true, logprobs: 0, n: 2, ...usage },
  { ...base, prompt: [tokens, tokens], n: 2, echo: false, ...usage },
  { ...base, prompt: tokens, json_schema: schema, min_tokens: 1 },
  { ...base, prompt, suffix: "", grammar: 'root ::= "one" | [^a-z]' },
];

const tokenizations: readonly Json[] = [
  { content: "Hello, 世界! 👩‍🚀" },
  {
    model: "echo",
    content: ["a", 1, "<|im_end|>"],
    add_special: true,
    parse_special: false,
    with_pieces: true,
  },
];
const detokenizations: readonly Json[] = [{ tokens: [9707, 1879, 0] }, { model: "echo", tokens: [] }];

/** Bodies that are answered with 200, for each endpoint that takes one. */
export const validBodies: Readonly<Record<string, readonly Json[]>> = {
  "/v1/chat/completions": chats,
  "/v1/completions": completions,
  "/completion": [
    { ...base, prompt, n_predict: 3, cache_prompt: true, id_slot: -1, n_probs: 0, stop: ["x"] },
    { ...base, prompt: tokens, stream: true, mirostat: 0, return_progress: true },
  ],
  "/tokenize": tokenizations,
  "/detokenize": detokenizations,
  "/apply-template": chats,
  "/v1/embeddings": [
    { model: "tiny", input: "a weir in a river" },
    { input: ["one", "two 🦔"], encoding_format: "base64", dimensions: 8, user: "u-1" },
    { input: tokens, encoding_format: "float" },
    { input: [tokens, [1]], dimensions: 64 },
  ],
  "/v1/rerank": [
    { model: "tiny", query: "a weir", documents: ["a river", "a hedgehog 🦔"] },
    { query: "a weir", documents: [{ text: "a river" }, "a dam"], top_n: 1, return_documents: true },
  ],
  "/admin/models/{id}/swap": [
    { model: "/models/other.gguf" },
    { model: "qwen3-32b:Q8_0", mode: "drain", ctx_size: 512, parallel: 2, drain_seconds: 1.5, stream: true },
  ],
};
