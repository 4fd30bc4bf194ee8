import { type ChatChunk, chatChunk } from "#weir/api/openai/responses.js";

/** The chunks of a chat stream, checked against their schema; the end mark and comments left out. */
export function chatChunks(body: string): ChatChunk[] {
  return dataLines(body).map((chunk) => chatChunk.parse(chunk));
}

/** The JSON of a stream's events; the end mark and comments left out. */
export function dataLines(body: string): unknown[] {
  const lines = body.split("\n").filter((line) => line.startsWith("data: {"));
  return lines.map((line) => JSON.parse(line.slice("data: ".length)));
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
