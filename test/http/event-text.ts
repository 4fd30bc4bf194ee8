import { type ChatChunk, chatChunk } from "#weir/api/openai/responses.js";

/** The chunks of a chat stream, checked against their schema; the end mark and comments left out. */
export function chatChunks(body: string): ChatChunk[] {
  return body
    .split("\n")
    .filter((line) => line.startsWith("data: {"))
    .map((line) => chatChunk.parse(JSON.parse(line.slice("data: ".length))));
}

export function streamedContent(body: string): string {
  return chatChunks(body)
    .map(({ choices }) => choices[0]?.delta.content ?? "")
    .join("");
}

export function streamedReasoning(body: string): string {
  return chatChunks(body)
    .map(({ choices }) => choices[0]?.delta.reasoning_content ?? "")
    .join("");
}
