import type { FastifyBaseLogger } from "fastify";

/** Enough for every client's habits; a bound, since the names come from outside. */
const mostFields = 1_000;
const longestName = 100;

/** One for the process: a field is news once, whichever request brings it. */
const logged = new Set<string>();

export function logUnknownFields(names: readonly string[], path: string, logger: FastifyBaseLogger): void {
  for (const name of names) {
    const field = name.slice(0, longestName);
    if (logged.has(field) || logged.size >= mostFields) continue;
    logged.add(field);
    logger.warn({ field, path }, "request has a field that is unknown here and has no effect (said once)");
  }
}
