import { once } from "node:events";
import fs from "node:fs";
import http from "node:http";
import https from "node:https";
import path from "node:path";
import { text } from "node:stream/consumers";
import { projectDirectory } from "../support/models.js";
import type { Nginx } from "./nginx.js";

const ca = fs.readFileSync(path.join(projectDirectory, "test/support/tls/localhost.cert.pem"));

export interface Reply {
  readonly status: number;
  readonly requestId: string;
  readonly body: string;
}

export interface Question {
  readonly session?: string;
  readonly key?: string;
  /** Bytes after the body's JSON, which JSON does not mind. */
  readonly paddedTo?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** The client's own address. */
  readonly from?: string;
  readonly stream?: boolean;
}

/** A client of Weir behind nginx, over TLS. */
export class ProxiedClient {
  readonly #agent = new https.Agent({ keepAlive: true });
  readonly #nginx: Nginx;

  constructor(nginx: Nginx) {
    this.#nginx = nginx;
  }

  close(): void {
    this.#agent.destroy();
  }

  async chat(content: string, question: Question = {}): Promise<Reply> {
    return replyOf(await this.openChat(content, question));
  }

  /** The answer as it comes. */
  async openChat(content: string, question: Question = {}): Promise<http.IncomingMessage> {
    const { session, key, paddedTo = 0, from, stream = false } = question;
    const messages = [{ role: "user", content }];
    const body = JSON.stringify({ model: "echo-q4_0", temperature: 0, stream, messages }).padEnd(paddedTo);
    const request = this.#request("/v1/chat/completions", {
      method: "POST",
      headers: {
        "content-type": "application/json",
        "content-length": String(body.length),
        ...(session === undefined ? {} : { "x-session-id": session }),
        ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
        ...question.headers,
      },
      ...(from === undefined ? {} : { localAddress: from, agent: false }),
    });
    return responseTo(request, body);
  }

  async get(requestPath: string): Promise<Reply> {
    return replyOf(await responseTo(this.#request(requestPath, {})));
  }

  /** Where the port without TLS sends. */
  async redirection(requestPath: string): Promise<string | undefined> {
    const { plainPort } = this.#nginx;
    const request = http.request({ host: "127.0.0.1", port: plainPort, path: requestPath, agent: false });
    const response = await responseTo(request);
    response.resume();
    return response.headers.location;
  }

  #request(requestPath: string, options: https.RequestOptions): http.ClientRequest {
    const { port } = this.#nginx;
    const where = { host: "127.0.0.1", port, servername: "localhost", ca, path: requestPath };
    return https.request({ ...where, agent: this.#agent, ...options });
  }
}

async function responseTo(request: http.ClientRequest, body = ""): Promise<http.IncomingMessage> {
  // Who refuses a body may close before it has read it all; what it said counts.
  request.on("error", () => {});
  const [response] = await once(request.end(body), "response");
  return response;
}

async function replyOf(response: http.IncomingMessage): Promise<Reply> {
  const requestId = String(response.headers["x-request-id"] ?? "");
  return { status: response.statusCode ?? 0, requestId, body: await text(response) };
}
