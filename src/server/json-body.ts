import type { FastifyInstance } from "fastify";
import { messageOf, WeirError } from "../errors.js";

/** Makes JSON the only body that the app reads, with errors that say where the text stops being JSON. */
export function readJsonBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(
    "application/json",
    { parseAs: "string" },
    async (_request: unknown, body: string) => parseJson(body),
  );
}

function parseJson(body: string): unknown {
  if (body.trim() === "") {
    throw new WeirError("invalid_json", "The request body is empty: it must be a JSON object.");
  }
  try {
    return JSON.parse(body);
  } catch (error) {
    const reason = messageOf(error).replaceAll(/\s+/g, " ");
    throw new WeirError("invalid_json", `The request body is not valid JSON: ${reason}.`);
  }
}
