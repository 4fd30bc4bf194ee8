import { callScript, script, thinkingText } from "../../support/echo-script.js";
import type { AppBody } from "./app-body.js";

// Open WebUI 0.11.4, github.com/open-webui/open-webui at 8bd8b4fac5e059578ac0c74b3c18d11139f88b7d:
// - backend/open_webui/utils/middleware.py: the tools as `{"type": "function", "function": spec}`, the loop that runs
//   them and asks again with the whole body;
// - backend/open_webui/utils/misc.py, convert_output_to_messages: what a round of tools looks like when it goes back,
//   with `reasoning_content` for llama.cpp, and merge_system_messages;
// - backend/open_webui/utils/payload.py, apply_params_to_form_data: every advanced parameter is put into the body as it
//   is, those of Ollama too, and custom_params beside them;
// - backend/open_webui/routers/tasks.py: titles, tags, follow-ups, queries.

const weatherSpec = {
  name: "get_current_weather",
  description: "Get the current weather of a place.",
  // As pydantic writes it, from a Python function with an optional argument.
  parameters: {
    properties: {
      place: { description: "The place.", type: "string" },
      days: { anyOf: [{ type: "integer" }, { type: "null" }], default: null, description: "How many days." },
    },
    required: ["place"],
    type: "object",
  },
};
const timestampSpec = {
  name: "get_current_timestamp",
  description: "Get the current Unix timestamp in seconds.",
  parameters: { properties: {}, type: "object" },
};
const tools = [weatherSpec, timestampSpec].map((spec) => ({ type: "function", function: spec }));

const system = { role: "system", content: "You are helpful.\n<available_skills>\n</available_skills>" };
const streamed = { model: "echo", stream: true, stream_options: { include_usage: true } };
const weather = { name: "get_current_weather", arguments: { place: "Paris" } };
const question = { role: "user", content: callScript([weather], "It is cold in Paris.") };

export const openWebuiBodies: readonly AppBody[] = [
  {
    what: "a chat",
    path: "/v1/chat/completions",
    body: { ...streamed, messages: [system, { role: "user", content: "Hello, 世界!" }] },
    reply: { content: "Hello, 世界!" },
  },
  {
    what: "a chat whose text is an array of parts",
    path: "/v1/chat/completions",
    body: { ...streamed, messages: [{ role: "user", content: [{ type: "text", text: "one part" }] }] },
    reply: { content: "one part" },
  },
  {
    what: "a chat with all advanced parameters, those of Ollama too",
    path: "/v1/chat/completions",
    body: {
      ...streamed,
      messages: [system, { role: "user", content: "with everything" }],
      seed: 42,
      stop: ["<END>", "\n\n\n"],
      temperature: 0.2,
      reasoning_effort: "medium",
      logit_bias: { "5432": -100, "413": -20 },
      max_tokens: 128,
      top_k: 40,
      top_p: 0.9,
      min_p: 0.05,
      frequency_penalty: 0.1,
      presence_penalty: 0.1,
      repeat_penalty: 1,
      repeat_last_n: 64,
      mirostat: 0,
      mirostat_eta: 0.1,
      mirostat_tau: 5,
      tfs_z: 1,
      use_mmap: true,
      use_mlock: false,
      think: true,
      keep_alive: "5m",
      num_keep: 24,
      num_ctx: 2048,
      num_batch: 512,
      num_thread: 2,
      num_gpu: 256,
    },
    reply: { content: "with everything" },
  },
  {
    what: "a chat with custom parameters",
    path: "/v1/chat/completions",
    body: {
      ...streamed,
      messages: [{ role: "user", content: "no thoughts" }],
      chat_template_kwargs: { enable_thinking: false },
      cache_prompt: true,
      id_slot: -1,
      provider: { order: ["weir"] },
    },
    reply: { content: "no thoughts" },
  },
  {
    what: "a chat that thinks",
    path: "/v1/chat/completions",
    body: { ...streamed, messages: [{ role: "user", content: script(thinkingText("Hm.", "Yes.")) }] },
    reply: { content: "Yes.", reasoning: "Hm." },
  },
  {
    what: "a chat with native function calling",
    path: "/v1/chat/completions",
    body: { ...streamed, messages: [system, question], tools },
    reply: { content: "", calls: [weather] },
  },
  {
    what: "the round after a tool's answer",
    path: "/v1/chat/completions",
    body: {
      ...streamed,
      messages: [
        system,
        question,
        {
          role: "assistant",
          content: "",
          tool_calls: [
            {
              id: "call_6f1c2a",
              type: "function",
              function: { name: "get_current_weather", arguments: '{"place": "Paris"}' },
            },
          ],
          reasoning_content: "I have to look it up.",
        },
        { role: "tool", tool_call_id: "call_6f1c2a", content: '{"celsius": 3, "sky": "grau"}' },
      ],
      tools,
    },
    reply: { content: "It is cold in Paris." },
  },
  {
    what: "the round after a tool that had nothing to say",
    path: "/v1/chat/completions",
    body: {
      ...streamed,
      messages: [
        question,
        {
          role: "assistant",
          content: "Let me see.",
          tool_calls: [
            { id: "", type: "function", function: { name: "get_current_timestamp", arguments: "{}" } },
          ],
          reasoning_details: [{ type: "reasoning.text", text: "Hm.", index: 0 }],
        },
        { role: "tool", tool_call_id: "", content: "" },
      ],
      tools,
    },
    reply: { content: "It is cold in Paris." },
  },
  {
    what: "a title",
    path: "/v1/chat/completions",
    body: {
      model: "echo",
      messages: [
        {
          role: "user",
          content: `### Task:\nGenerate a concise title.\n### Output:\nJSON\n${script('{ "title": "🌧️ Rain" }')}`,
        },
      ],
      stream: false,
      max_tokens: 1000,
    },
    reply: { content: '{ "title": "🌧️ Rain" }' },
  },
  {
    what: "a title of an earlier release",
    path: "/v1/chat/completions",
    body: {
      model: "echo",
      messages: [{ role: "user", content: script('{ "title": "Rain" }') }],
      stream: false,
      max_completion_tokens: 1000,
    },
    reply: { content: '{ "title": "Rain" }' },
  },
  {
    what: "a chat in which an answer is continued",
    path: "/v1/chat/completions",
    body: {
      ...streamed,
      messages: [
        { role: "user", content: "say it again" },
        { role: "assistant", content: "say it" },
        { role: "user", content: "again" },
        { role: "assistant", content: "again", reasoning_content: "Once more." },
        { role: "user", content: "and again" },
      ],
    },
    reply: { content: "and again" },
  },
];
