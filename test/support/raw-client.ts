import { once } from "node:events";
import net from "node:net";

/** A connection as bytes: what came, and when it ended. */
export class RawClient {
  readonly socket: net.Socket;
  #received = "";
  readonly #ended: Promise<unknown>;

  private constructor(socket: net.Socket) {
    this.socket = socket;
    socket.setEncoding("utf8").on("data", (text: string) => {
      this.#received += text;
    });
    socket.on("error", () => {});
    this.#ended = new Promise((resolve) => socket.once("close", resolve));
  }

  static async connect(url: string, options: Partial<net.TcpSocketConnectOpts> = {}): Promise<RawClient> {
    const socket = net.connect({ ...options, port: Number(new URL(url).port), host: "127.0.0.1" });
    await once(socket, "connect");
    return new RawClient(socket);
  }

  get received(): string {
    return this.#received;
  }

  send(text: string): void {
    this.socket.write(text);
  }

  /** All that came until the server closed the connection. */
  async all(): Promise<string> {
    await this.#ended;
    return this.#received;
  }

  /** Rejects where the connection closes before. */
  async has(text: string): Promise<void> {
    while (!this.#received.includes(text)) {
      if (this.socket.destroyed) throw new Error(`closed, and "${text}" never came: ${this.#received}`);
      await Promise.race([once(this.socket, "data"), this.#ended]);
    }
  }
}

export function getText(path: string): string {
  return `GET ${path} HTTP/1.1\r\nhost: weir\r\n\r\n`;
}

/** A chat with the echo model as it goes over the wire. */
export function chatText(content: string, fields: object = {}): string {
  const body = JSON.stringify({ model: "echo", messages: [{ role: "user", content }], ...fields });
  const headers = `content-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}`;
  return `POST /v1/chat/completions HTTP/1.1\r\nhost: weir\r\n${headers}\r\n\r\n${body}`;
}
