import { pino } from "pino";

/**
 * Where the log goes. What nobody reads any more, a closed terminal or pipe, is written in vain: that must not end a server, nor
 * keep it from ending its answers.
 */
export function logDestination(descriptor: number): ReturnType<typeof pino.destination> {
  const destination = pino.destination(descriptor);
  destination.on("error", () => {});
  return destination;
}
