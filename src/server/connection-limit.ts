import type { Server, Socket } from "node:net";
import tls from "node:tls";

/** How many connections beyond the limit are told so; further ones are closed without a word. */
const toldConnections = 256;
/** A connection beyond the limit has this long to send a request, to be told so. */
const tellMs = 5_000;

/** Counts the connections of several servers, and knows those beyond the limit. Their requests are for the app to refuse. */
export class ConnectionLimit {
  /** 0 is no limit. May change at any time. */
  max: number;
  #open = 0;
  readonly #beyond = new WeakSet<Socket>();

  constructor(max: number) {
    this.max = max;
  }

  /** Connections that are open now, those beyond the limit included. */
  get open(): number {
    return this.#open;
  }

  watch(server: Server): void {
    server.on("connection", (socket: Socket) => {
      this.#open++;
      socket.once("close", () => this.#open--);
      if (this.max > 0 && this.#open > this.max + toldConnections) socket.destroy();
      else if (!(server instanceof tls.Server)) this.#judge(socket);
    });
    // The socket that requests have.
    server.on("secureConnection", (socket: Socket) => this.#judge(socket));
  }

  /** False again once others have left. */
  isBeyond(socket: Socket): boolean {
    return this.max > 0 && this.#beyond.has(socket) && this.#open > this.max;
  }

  #judge(socket: Socket): void {
    if (this.max === 0 || this.#open <= this.max) return;
    this.#beyond.add(socket);
    const timer = setTimeout(() => {
      if (this.isBeyond(socket)) socket.destroy();
    }, tellMs);
    socket.once("close", () => clearTimeout(timer));
  }
}
