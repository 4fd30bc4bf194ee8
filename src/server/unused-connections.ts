import type { Socket } from "node:net";
import type { FastifyInstance } from "fastify";

/**
 * Lets the app close without waiting for connections that never sent a request, as browsers and connection pools open
 * them in advance: Node counts those as active.
 */
export function closeUnusedConnections(app: FastifyInstance): void {
  const unused = new Set<Socket>();
  app.server.on("connection", (socket: Socket) => {
    unused.add(socket);
    socket.once("close", () => unused.delete(socket));
  });
  app.server.on("request", ({ socket }) => unused.delete(socket));
  app.addHook("preClose", async () => {
    for (const socket of unused) socket.destroy();
  });
}
