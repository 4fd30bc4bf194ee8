import { z } from "zod";
import { callScript, script, thinkingText } from "../../support/echo-script.js";
import type { AppBody } from "./app-body.js";

// Cline, github.com/cline/cline at 21cb8d2525bcedf1f4b6890b27a74a14fe7451e4, provider "OpenAI Compatible":
// - sdk/packages/llms/src/providers/vendors/openai-compatible.ts: @ai-sdk/openai-compatible with includeUsage and
//   without structured outputs, so always streamed;
// - sdk/packages/llms/src/providers/ai-sdk.ts: maxOutputTokens, temperature, tools;
// - sdk/packages/llms/src/providers/routing/generic-compatible.ts and anthropic-compatible.ts: `thinking`, `reasoning`
//   and `cache_control` in the body and beside a text part;
// - sdk/packages/core/src/extensions/tools/schemas.ts: tools whose schemas zod 4 writes, with the bounds of safe
//   integers;
// - sdk/packages/llms/src/tests/provider-vcr/openai-compatible-deepseek-v4-pro.json: a recorded body;
// - the messages: convertToOpenAICompatibleChatMessages of @ai-sdk/openai-compatible.

const lineNumber = z.coerce.number().int().positive().nullable().optional();
const readFilesInput = z.object({
  files: z.array(
    z.object({ path: z.string(), start_line: lineNumber, end_line: lineNumber }).describe("A file to read"),
  ),
});
const editorInput = z.object({
  path: z.string().min(1).describe("The absolute path"),
  old_text: z.string().nullable().optional(),
  new_text: z.string(),
  insert_line: z.coerce.number().int().nullable().optional(),
});
const questionInput = z.object({
  question: z.string().min(1),
  options: z.array(z.string().min(1)).min(2).max(5),
});
const submitInput = z.object({ summary: z.string().min(10), verified: z.boolean() });

const tools = [
  clineTool("read_files", readFilesInput),
  clineTool("editor", editorInput),
  clineTool("ask_question", questionInput),
  clineTool("submit_and_exit", submitInput),
];

const streamed = { model: "echo", stream: true, stream_options: { include_usage: true } };
const agent = { ...streamed, max_tokens: 1024, temperature: 0, tools, tool_choice: "auto" };
const system = { role: "system", content: "You are Cline, a software engineer." };

const read = {
  name: "read_files",
  arguments: { files: [{ path: "/work/a.ts", start_line: 1, end_line: null }, { path: "/work/世界.ts" }] },
};
const edit = {
  name: "editor",
  arguments: { path: "/work/a.ts", old_text: "a\n\t\\", new_text: '"b"', insert_line: 12 },
};
const ask = { name: "ask_question", arguments: { question: "Which?", options: ["this", "that"] } };
const submit = { name: "submit_and_exit", arguments: { summary: "All of it is done.", verified: true } };

export const clineBodies: readonly AppBody[] = [
  {
    what: "a recorded request",
    path: "/v1/chat/completions",
    body: {
      messages: [
        { content: "You are a concise assistant.", role: "system" },
        { content: "Reply with the single word OK.", role: "user" },
      ],
      ...streamed,
    },
    reply: { content: "Reply with the single word OK." },
  },
  {
    what: "a task, with marks for Anthropic's prompt cache",
    path: "/v1/chat/completions",
    body: {
      ...agent,
      cache_control: { type: "ephemeral" },
      messages: [
        system,
        {
          role: "user",
          content: [
            { type: "text", text: "<task>\nread it\n</task>" },
            {
              type: "text",
              text: callScript([read, edit], ""),
              cache_control: { type: "ephemeral" },
            },
          ],
        },
      ],
    },
    reply: { calls: [read, edit] },
  },
  {
    what: "a task with thinking in two ways",
    path: "/v1/chat/completions",
    body: {
      ...agent,
      thinking: { type: "adaptive" },
      reasoning: { enabled: true, effort: "medium" },
      reasoning_effort: "medium",
      messages: [
        system,
        { role: "user", content: `¶${thinkingText("Ask first.", callScript([ask], "").slice(1))}` },
      ],
    },
    reply: { calls: [ask], reasoning: "Ask first." },
  },
  {
    what: "the round after two tools, whose answers are JSON in a string",
    path: "/v1/chat/completions",
    body: {
      ...agent,
      messages: [
        system,
        { role: "user", content: callScript([read], "Done reading.") },
        {
          role: "assistant",
          content: null,
          reasoning_content: "Read both.",
          tool_calls: [
            toolCall("call_a", read.name, read.arguments),
            toolCall("call_b", edit.name, edit.arguments),
          ],
        },
        {
          role: "tool",
          tool_call_id: "call_a",
          content: '[{"type":"text","text":"1 | export {}"}]',
        },
        { role: "tool", tool_call_id: "call_b", content: '{"query":"b","result":"edited","success":true}' },
      ],
    },
    reply: { content: "Done reading." },
  },
  {
    what: "a tool's images, hoisted into a message of the user without them",
    path: "/v1/chat/completions",
    body: {
      ...agent,
      messages: [
        { role: "user", content: callScript([submit], "") },
        { role: "assistant", content: null, tool_calls: [toolCall("call_c", read.name, read.arguments)] },
        { role: "tool", tool_call_id: "call_c", content: "[image attached]" },
        { role: "user", content: callScript([submit], "") },
      ],
    },
    reply: { calls: [submit] },
  },
  {
    what: "a summary without tools",
    path: "/v1/chat/completions",
    body: {
      ...streamed,
      temperature: 0,
      messages: [system, { role: "user", content: script("A summary.") }],
    },
    reply: { content: "A summary." },
  },
];

function clineTool(name: string, input: z.ZodType) {
  const { $schema: _, ...parameters } = z.toJSONSchema(input);
  return { type: "function", function: { name, description: `The tool ${name}`, parameters } };
}

function toolCall(id: string, name: string, args: object) {
  return { id, type: "function", function: { name, arguments: JSON.stringify(args) } };
}
