import { connect, type Socket } from "node:net";
import { ResponseReader, type ResponseSink } from "./response-reader.js";

/** What becomes of one request: its body in pieces, then exactly one of the other two. */
export interface ExchangeSink extends ResponseSink {
  /** `unanswered`: not a byte of a response came, so that the request may be sent again. */
  onFailure(error: Error, unanswered: boolean): void;
}

/**
 * Where all connections read into: what came is taken out before another one reads. Without Node's stream around every read a
 * token costs the load generator a quarter less, which it takes from the servers' cores.
 */
const received = Buffer.alloc(64 * 1024);

/** One keep-alive connection: one request at a time. */
export class Connection {
  readonly #socket: Socket;
  readonly #host: string;
  readonly #reader: ResponseReader;
  #sink: ExchangeSink | null = null;
  #unanswered = true;
  #failure: Error | null = null;

  constructor({ hostname, port, host }: URL) {
    this.#host = host;
    const onread = { buffer: received, callback: (length: number) => this.#receive(length) };
    this.#socket = connect({ host: hostname, port: Number(port), noDelay: true, onread });
    this.#reader = new ResponseReader({
      onBody: (text) => this.#sink?.onBody(text),
      onEnd: (status) => this.#take()?.onEnd(status),
    });
    this.#socket.on("error", (error) => this.#fail(error));
    this.#socket.on("close", () => this.#fail(new Error("the server closed the connection")));
  }

  /** Whether another request can be sent. */
  get isIdle(): boolean {
    return this.#sink === null && this.#failure === null && !this.#socket.destroyed;
  }

  post(path: string, body: string, sink: ExchangeSink): void {
    if (!this.isIdle) throw new Error("a connection takes one request at a time");
    this.#sink = sink;
    this.#unanswered = true;
    const head =
      `POST ${path} HTTP/1.1\r\nhost: ${this.#host}\r\ncontent-type: application/json\r\n` +
      `content-length: ${Buffer.byteLength(body)}\r\n\r\n`;
    this.#socket.write(head + body, "utf8");
  }

  close(): void {
    this.#socket.destroy();
  }

  /** Returns that it wants more. */
  #receive(length: number): boolean {
    this.#unanswered = false;
    try {
      this.#reader.push(received.toString("latin1", 0, length));
    } catch (thrown) {
      this.#fail(thrown instanceof Error ? thrown : new Error(String(thrown)));
      this.#socket.destroy();
    }
    return true;
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    this.#take()?.onFailure(error, this.#unanswered);
  }

  #take(): ExchangeSink | null {
    const sink = this.#sink;
    this.#sink = null;
    return sink;
  }
}
