import type { IncomingHttpHeaders } from "node:http";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { messageOf, WeirError } from "../errors.js";

/** Deeper than any schema of a tool; what is copied to the prompt pool and rendered there recurses. */
const maxNesting = 200;

/** Makes JSON the only body that the app reads, with errors that say where the text stops being JSON. */
export function readJsonBodies(app: FastifyInstance): void {
  app.decorateRequest("bodyCharacters", 0);
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(
    "application/json",
    { parseAs: "string" },
    async (request: FastifyRequest, body: string) => {
      requirePlainText(request.headers);
      request.bodyCharacters = body.length;
      // Some Windows tools put a byte order mark before it.
      return parseJson(body.startsWith("\ufeff") ? body.slice(1) : body);
    },
  );
}

function requirePlainText(headers: IncomingHttpHeaders): void {
  const encoding = headers["content-encoding"] ?? "identity";
  if (encoding !== "identity") {
    throw new WeirError(
      "unsupported_media_type",
      `The content encoding ${encoding} is not supported: send plain JSON.`,
    );
  }
  const charset = /charset=["']?([^"';\s]+)/i.exec(headers["content-type"] ?? "")?.[1] ?? "utf-8";
  if (!/^(utf-?8|us-ascii)$/i.test(charset)) {
    throw new WeirError("unsupported_media_type", `The charset ${charset} is not supported: send UTF-8.`);
  }
}

function parseJson(body: string): unknown {
  if (body.trim() === "") {
    throw new WeirError("invalid_json", "The request body is empty: it must be a JSON object.");
  }
  if (nesting(body) > maxNesting) {
    throw new WeirError(
      "invalid_json",
      `The request body nests arrays and objects more than ${maxNesting} deep, which is the limit: flatten it.`,
    );
  }
  try {
    return JSON.parse(body);
  } catch (error) {
    const reason = messageOf(error).replaceAll(/\s+/g, " ");
    throw new WeirError("invalid_json", `The request body is not valid JSON: ${reason}.`);
  }
}

/** How deep the text nests, without parsing it: JSON.parse itself takes any depth. */
function nesting(text: string): number {
  let depth = 0;
  let deepest = 0;
  let inString = false;
  for (let at = 0; at < text.length; at++) {
    const letter = text[at];
    if (letter === '"') inString = !inString;
    else if (inString) at += letter === "\\" ? 1 : 0;
    else if (letter === "[" || letter === "{") deepest = Math.max(deepest, ++depth);
    else if (letter === "]" || letter === "}") depth--;
  }
  return deepest;
}
