import type { LightMyRequestResponse } from "fastify";
import { errorResponse } from "#weir/api/openai/responses.js";

/** Longer than any message about one field. */
const longestMessage = 2_000;

/** What is wrong with an answer, whatever was asked; null where nothing is. */
export function faultOf(response: LightMyRequestResponse): string | null {
  const { statusCode, body } = response;
  if (statusCode >= 200 && statusCode < 300) return faultOfSuccess(response);
  if (statusCode < 400 || statusCode >= 500) return `status ${statusCode}: ${body.slice(0, 500)}`;
  const parsed = errorResponse.strict().safeParse(jsonOf(body));
  if (!parsed.success) return `status ${statusCode} in another shape: ${body.slice(0, 500)}`;
  const { message, type } = parsed.data.error;
  if (type !== "invalid_request_error") return `a refusal of type ${type}`;
  if (!message.isWellFormed()) return `a message with half a character: ${message}`;
  if (message.length === 0 || message.length > longestMessage)
    return `a message of ${message.length} letters`;
  return /\n\s+at |\[object Object\]|undefined/.test(message)
    ? `a message that shows the inside: ${message}`
    : null;
}

function faultOfSuccess({ headers, body }: LightMyRequestResponse): string | null {
  if (!String(headers["content-type"]).startsWith("text/event-stream")) {
    const answer = jsonOf(body);
    return typeof answer === "object" && answer !== null ? null : `no JSON: ${body.slice(0, 500)}`;
  }
  const lines = body.split("\n").filter((line) => line !== "" && !line.startsWith(":"));
  if (lines.at(-1) !== "data: [DONE]") return `a stream without its end: ${body.slice(-500)}`;
  const frames = lines.slice(0, -1).map((line) => jsonOf(line.replace(/^data: /, "")));
  if (frames.some((frame) => typeof frame !== "object" || frame === null))
    return `a frame that is no JSON: ${body}`;
  const error = frames.find((frame) => Object.hasOwn(Object(frame), "error"));
  return error === undefined ? null : `an error in the stream: ${JSON.stringify(error)}`;
}

/** undefined where the text is none. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
