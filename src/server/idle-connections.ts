import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { requestTimeoutCode } from "./client-error.js";

/** What a connection is at. */
interface Exchange {
  /** The last request that came; its body may still be on its way. */
  readonly request: IncomingMessage;
  /** Answers that have not ended; a client may pipeline. */
  running: number;
}

/**
 * Closes connections on which nothing has moved for the server's timeout, except where an answer is being computed: that
 * may be silent for any time. A request that stops half way is told; a client that does not read its answer is cut.
 */
export function closeIdleConnections(server: Server): void {
  const exchanges = new WeakMap<Socket, Exchange>();
  server.on("request", (request: IncomingMessage, response: ServerResponse) => {
    const exchange = { request, running: (exchanges.get(request.socket)?.running ?? 0) + 1 };
    exchanges.set(request.socket, exchange);
    response.once("close", () => {
      const current = exchanges.get(request.socket);
      if (current !== undefined) current.running--;
    });
  });
  server.on("timeout", (socket: Socket) => {
    const exchange = exchanges.get(socket);
    if (exchange === undefined || exchange.running === 0 || socket.writableLength > 0) socket.destroy();
    else if (!exchange.request.complete) server.emit("clientError", requestTimeoutError(), socket);
  });
}

function requestTimeoutError(): Error & { code: string } {
  return Object.assign(new Error("the request stopped half way"), { code: requestTimeoutCode });
}
