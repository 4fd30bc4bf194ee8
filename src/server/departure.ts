import type { ServerResponse } from "node:http";

/**
 * A signal that aborts when the client closes its connection before it has the whole answer.
 *
 * It listens to the response: a request's own 'close' comes as soon as its body has been read.
 */
export function departureOf(response: ServerResponse): AbortSignal {
  const departure = new AbortController();
  if (response.destroyed) departure.abort();
  response.once("close", () => {
    if (!response.writableFinished) departure.abort();
  });
  return departure.signal;
}
