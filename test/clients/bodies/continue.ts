import { callScript, script, thinkingText } from "../../support/echo-script.js";
import type { AppBody } from "./app-body.js";

// Continue, github.com/continuedev/continue at d0a3c0b626b5bebc3bef4742eec05a0242be0bab, provider "openai" with an
// apiBase:
// - core/llm/openaiTypeConverters.ts: toChatBody (what is undefined is left out by JSON.stringify), toChatMessage (an
//   assistant's empty content is a space), toCompleteBody;
// - packages/openai-adapters/src/apis/OpenAI.ts, modifyChatBody: stream_options;
// - core/llm/llms/OpenAI.ts, modifyChatBody: parallel_tool_calls false where there are tools;
// - core/tools/definitions: the schemas of the built-in tools;
// - core/autocomplete/templating: the Qwen template and its stop strings, with those of getStopTokens.ts.

const tools = [
  {
    type: "function",
    function: {
      name: "read_file",
      description: "Use this tool if you need to view the contents of an existing file.",
      parameters: {
        type: "object",
        required: ["filepath"],
        properties: { filepath: { type: "string", description: "The path of the file to read." } },
      },
    },
  },
  {
    type: "function",
    function: {
      name: "run_terminal_command",
      description: "Run a terminal command in the current directory.",
      parameters: {
        type: "object",
        required: ["command"],
        properties: {
          command: { type: "string", description: "The command to run." },
          waitForCompletion: { type: "boolean", description: "Whether to wait for the command to complete." },
        },
      },
    },
  },
  {
    type: "function",
    function: {
      name: "multi_edit",
      description: "Use this tool to make multiple edits to a single file in one operation.",
      parameters: {
        type: "object",
        required: ["filepath", "edits"],
        properties: {
          filepath: { type: "string" },
          edits: {
            type: "array",
            items: {
              type: "object",
              required: ["old_string", "new_string"],
              properties: {
                old_string: { type: "string" },
                new_string: { type: "string" },
                replace_all: { type: "boolean" },
              },
            },
          },
        },
      },
    },
  },
];

const system = { role: "system", content: "<important_rules>\n  You are in agent mode.\n</important_rules>" };
const chat = { model: "echo", max_tokens: 512, stream: true, stream_options: { include_usage: true } };
const agent = { ...chat, tools, parallel_tool_calls: false };

const readFile = { name: "read_file", arguments: { filepath: "src/weir.ts" } };
const multiEdit = {
  name: "multi_edit",
  arguments: {
    filepath: "src/weir.ts",
    edits: [{ old_string: "let a = '1';\n\tb()", new_string: 'let a = "2";', replace_all: true }],
  },
};

export const continueBodies: readonly AppBody[] = [
  {
    what: "a chat",
    path: "/v1/chat/completions",
    body: { messages: [{ role: "user", content: "what does this do?" }], ...chat, temperature: 0.5 },
    reply: { content: "what does this do?" },
  },
  {
    what: "a chat with thinking kept from an earlier turn",
    path: "/v1/chat/completions",
    body: {
      messages: [
        system,
        { role: "user", content: "first" },
        { role: "assistant", content: "first", reasoning_content: "Hm.", reasoning: "Hm." },
        { role: "user", content: script(thinkingText("So.", "second")) },
      ],
      ...chat,
    },
    reply: { content: "second", reasoning: "So." },
  },
  {
    what: "an agent's request",
    path: "/v1/chat/completions",
    body: { messages: [system, { role: "user", content: callScript([readFile], "") }], ...agent },
    reply: { calls: [readFile] },
  },
  {
    what: "an agent's request that ends in an edit",
    path: "/v1/chat/completions",
    body: { messages: [system, { role: "user", content: callScript([multiEdit], "") }], ...agent },
    reply: { calls: [multiEdit] },
  },
  {
    what: "an agent's request with a tool's answer, and a space for content",
    path: "/v1/chat/completions",
    body: {
      messages: [
        system,
        { role: "user", content: callScript([readFile], "It is a weir.") },
        {
          role: "assistant",
          content: " ",
          tool_calls: [
            {
              id: "call_1",
              type: "function",
              function: { name: "read_file", arguments: '{"filepath":"src/weir.ts"}' },
            },
          ],
        },
        { role: "tool", content: "export const weir = 1;\n", tool_call_id: "call_1" },
      ],
      ...agent,
    },
    reply: { content: "It is a weir." },
  },
  {
    what: "a request that is made to call one tool",
    path: "/v1/chat/completions",
    body: {
      messages: [{ role: "user", content: callScript([readFile], "") }],
      ...agent,
      tool_choice: { type: "function", function: { name: "read_file" } },
    },
    reply: { calls: [readFile] },
  },
  {
    what: "an edit with a prediction",
    path: "/v1/chat/completions",
    body: {
      messages: [{ role: "user", content: "const b = 2;" }],
      ...chat,
      prediction: { type: "content", content: "const a = 1;" },
    },
    reply: { content: "const b = 2;" },
  },
  {
    what: "a chat's title, not streamed",
    path: "/v1/chat/completions",
    body: { messages: [{ role: "user", content: "A title" }], model: "echo", max_tokens: 12, stream: false },
    reply: { content: "A title" },
  },
  {
    what: "autocompletion by Qwen's template",
    path: "/v1/completions",
    body: {
      prompt: `<|im_start|>user\n${script("return a + b;")}<|fim_prefix|>function add(a, b) {\n  <|fim_suffix|>\n}<|fim_middle|><|im_end|>\n<|im_start|>assistant\n`,
      model: "echo",
      max_tokens: 256,
      temperature: 0.01,
      stream: true,
      stop: [
        "<|endoftext|>",
        "<|fim_prefix|>",
        "<|fim_middle|>",
        "<|fim_suffix|>",
        "<|fim_pad|>",
        "<|repo_name|>",
        "<|file_sep|>",
        "<|im_start|>",
        "<|im_end|>",
        "/src/",
        "#- coding: utf-8",
        "```",
      ],
    },
    reply: { content: "return a + b;" },
  },
];
