import { callScript, script, thinkingText } from "../support/echo-script.js";
import type { Json } from "./json.js";

// Short answers: ten thousand of them are asked for.
const base = { model: "echo", max_tokens: 6, temperature: 0 };
/** Qwen's template by hand, so that the answer ends by itself. */
const prompt = "<|im_start|>user\none two three<|im_end|>\n<|im_start|>assistant\n";
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

/** Bodies that are answered with 200, for each endpoint that takes one. */
export const validBodies: Readonly<Record<string, readonly Json[]>> = {
  "/v1/chat/completions": [
    { ...base, messages: hi },
    { ...base, messages: hi, stream: true, stream_options: { include_usage: true } },
    {
      ...base,
      messages: [
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
      ],
      top_p: 0.9,
      top_k: 40,
      min_p: 0.05,
      seed: 7,
      stop: ["x", "yy"],
      presence_penalty: 0.1,
      frequency_penalty: 0.1,
      repeat_penalty: 1.1,
      logit_bias: { "100": -5 },
      reasoning_effort: "low",
      chat_template_kwargs: { enable_thinking: true },
      user: "u-1",
      metadata: { a: "b" },
    },
    {
      ...base,
      messages: [
        { role: "user", content: callScript([call], "Cold.") },
        {
          role: "assistant",
          content: null,
          tool_calls: [
            {
              id: "call_1",
              type: "function",
              function: { name: "get_weather", arguments: '{"city":"Paris"}' },
            },
          ],
        },
        { role: "tool", tool_call_id: "call_1", content: "3" },
      ],
      tools,
      tool_choice: "auto",
      parallel_tool_calls: true,
    },
  ],
  "/v1/completions": [
    { ...base, prompt },
    {
      ...base,
      prompt,
      stream: true,
      stop: "x",
      seed: 1,
      stream_options: { include_usage: true },
    },
    { ...base, prompt: [prompt], suffix: "", echo: false, best_of: 1, top_p: 0.5, logit_bias: { "1": 1 } },
  ],
};
