import type { Answer } from "./answer.js";
import { readAnswer } from "./read-answer.js";
import type { ParityRequest } from "./request.js";

/** A whole response, or a stream. */
export type Mode = "whole" | "streamed";

/** llama-server computes every prompt anew, so that its rounding does not depend on what it was asked before. */
const always = { cache_prompt: false };
const streamed = { stream: true, stream_options: { include_usage: true } };

export async function send(url: string, { path, body }: ParityRequest, mode: Mode): Promise<Answer> {
  const response = await fetch(`${url}${path}`, {
    method: "POST",
    // A server may close an idle connection at the moment it is used again.
    headers: { "content-type": "application/json", connection: "close" },
    body: JSON.stringify({ ...always, ...body, ...(mode === "streamed" ? streamed : {}) }),
  });
  return readAnswer(response.status, response.headers.get("content-type") ?? "", await response.text());
}
