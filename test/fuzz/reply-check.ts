import type { ValidateFunction } from "ajv/dist/2020.js";
import type { LightMyRequestResponse } from "fastify";
import { errorResponse } from "#weir/api/openai/responses.js";
import type { DocumentedPost } from "./openapi.js";

/** Longer than any message about one field. */
const longestMessage = 2_000;

/** What is wrong with an answer, whatever was asked; null where nothing is. */
export function faultOf(response: LightMyRequestResponse, documented: DocumentedPost | null): string | null {
  const { statusCode, body } = response;
  if (statusCode >= 200 && statusCode < 300) return faultOfSuccess(response, documented);
  if (statusCode < 400 || statusCode >= 500) return `status ${statusCode}: ${body}`;
  const parsed = errorResponse.strict().safeParse(jsonOf(body));
  if (!parsed.success) return `status ${statusCode} in another shape: ${body}`;
  const { message, type } = parsed.data.error;
  if (type !== "invalid_request_error") return `a refusal of type ${type}`;
  if (!message.isWellFormed()) return `a message with half a character: ${message}`;
  if (message.length === 0 || message.length > longestMessage)
    return `a message of ${message.length} letters`;
  return /\n\s+at |\[object Object\]|undefined/.test(message)
    ? `a message that shows the inside: ${message}`
    : null;
}

function faultOfSuccess(
  { headers, body }: LightMyRequestResponse,
  documented: DocumentedPost | null,
): string | null {
  if (!String(headers["content-type"]).startsWith("text/event-stream")) {
    return undocumented(jsonOf(body), documented?.answer ?? null);
  }
  const lines = body.split("\n").filter((line) => line !== "" && !line.startsWith(":"));
  const last = lines.at(-1) ?? "";
  // As llama-server's /completion ends: with its last event.
  const endsItself = last.startsWith("data: {") && Object(jsonOf(last.replace(/^data: /, ""))).stop === true;
  if (last !== "data: [DONE]" && !endsItself) return `a stream without its end: ${body.slice(-500)}`;
  for (const line of endsItself ? lines : lines.slice(0, -1)) {
    const event = jsonOf(line.replace(/^data: /, ""));
    // It would have been a 500, had the answer not begun.
    if (Object.hasOwn(Object(event), "error")) return `an error in the stream: ${line}`;
    const fault = undocumented(event, documented?.event ?? null);
    if (fault !== null) return fault;
  }
  return null;
}

function undocumented(answer: unknown, isDocumented: ValidateFunction | null): string | null {
  if (typeof answer !== "object" || answer === null) return `no JSON object: ${JSON.stringify(answer)}`;
  if (isDocumented === null || isDocumented(answer)) return null;
  const [error] = isDocumented.errors ?? [];
  return `not as documented, ${error?.instancePath} ${error?.message}: ${JSON.stringify(answer)}`;
}

/** undefined where the text is none. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
