import type { IncomingMessage, ServerResponse } from "node:http";

/**
 * A signal that aborts when the client closes its connection before it has the whole answer.
 *
 * It listens to the response, since a request's own 'close' comes as soon as its body has been read; and to the socket,
 * since a response that waits behind others of a pipelining client does not hear of its end.
 */
export function departureOf({ socket }: IncomingMessage, response: ServerResponse): AbortSignal {
  const departure = new AbortController();
  const leave = (): void => {
    socket.off("close", leave);
    response.off("close", leave);
    if (!response.writableFinished) departure.abort();
  };
  if (response.destroyed || socket.destroyed) departure.abort();
  // One listener a request that runs, and a client may pipeline many.
  socket.setMaxListeners(0);
  socket.on("close", leave);
  response.on("close", leave);
  return departure.signal;
}
