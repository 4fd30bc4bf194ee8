import cors from "@fastify/cors";
import type { FastifyInstance } from "fastify";
import { rateHeaderNames } from "./rate-headers.js";
import { requestIdHeader } from "./request-id.js";

/** Browsers ask again after this long. */
const preflightSeconds = 600;

/**
 * Lets web pages of these origins call the API from a browser. Keys come in a header that the page sets itself, so no
 * origin gets what browsers add on their own (cookies).
 */
export function allowOrigins(app: FastifyInstance, origins: readonly string[]): void {
  if (origins.length === 0) return;
  // Called and not registered: its hook has to come before the one that asks for a key, which no preflight has.
  cors(
    app,
    {
      origin: origins.includes("*") ? "*" : [...origins],
      methods: ["GET", "POST"],
      exposedHeaders: [
        requestIdHeader,
        "retry-after",
        "retry-after-ms",
        "x-should-retry",
        ...rateHeaderNames,
      ],
      maxAge: preflightSeconds,
      strictPreflight: false,
    },
    (error) => {
      if (error !== undefined) throw error;
    },
  );
}
