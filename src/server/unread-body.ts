import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import type { FastifyInstance } from "fastify";

/** nginx's lingering_time. */
const longestMs = 30_000;
const mostBytes = 64 * 2 ** 20;
const lookMs = 50;

/**
 * A request that is refused before its body has come ends its connection. Closed with bytes unread, it would be reset, and the
 * client that still sends would lose the answer: so its end is told, and what comes is read and thrown away, within bounds.
 */
export function readRefusedBodies(app: FastifyInstance): void {
  app.addHook("onSend", async ({ raw }, reply) => {
    // An injected request has no such thing.
    if (raw.complete === false && reply.getHeader("connection") === "close") lingerAfter(raw);
  });
}

/** Node.js calls destroySoon() when the answer was handed over. */
function lingerAfter(request: IncomingMessage): void {
  const { socket } = request;
  const destroySoon = socket.destroySoon.bind(socket);
  socket.destroySoon = () => {
    if (request.complete || socket.destroyed) destroySoon();
    else linger(request, socket, destroySoon);
  };
}

function linger(request: IncomingMessage, socket: Socket, destroySoon: () => void): void {
  const startMs = performance.now();
  const startBytes = socket.bytesRead;
  // Node.js reads and drops what is left of an answered request, without events for its parts.
  const look = setInterval(() => {
    if (performance.now() - startMs > longestMs || socket.bytesRead - startBytes > mostBytes)
      socket.destroy();
  }, lookMs);
  socket.once("close", () => clearInterval(look));
  request.resume().once("end", destroySoon);
  socket.end();
}
