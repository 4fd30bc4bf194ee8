import type { Server } from "node:http";
import type { Socket } from "node:net";
import tls from "node:tls";

/**
 * Connections that never sent a request, as browsers and connection pools open them in advance: Node.js counts those as
 * active, and would wait for them when it closes.
 */
export class UnusedConnections {
  readonly #unused = new Set<Socket>();
  /** TLS that is being agreed upon, by the client's address; afterwards another socket stands for the connection. */
  readonly #handshakes = new Map<string, Socket>();

  watch(server: Server): void {
    const add = (socket: Socket): void => {
      this.#unused.add(socket);
      socket.once("close", () => this.#unused.delete(socket));
    };
    server.on("connection", (socket: Socket) => {
      add(socket);
      if (!(server instanceof tls.Server)) return;
      const client = clientOf(socket);
      this.#handshakes.set(client, socket);
      socket.once("close", () => this.#handshakes.delete(client));
    });
    server.on("secureConnection", (socket: Socket) => {
      const raw = this.#handshakes.get(clientOf(socket));
      if (raw !== undefined) this.#unused.delete(raw);
      this.#handshakes.delete(clientOf(socket));
      add(socket);
    });
    server.on("request", ({ socket }) => this.#unused.delete(socket));
  }

  destroy(): void {
    for (const socket of this.#unused) socket.destroy();
  }
}

function clientOf({ localAddress, localPort, remoteAddress, remotePort }: Socket): string {
  return `${localAddress} ${localPort} ${remoteAddress} ${remotePort}`;
}
