import http from "node:http";
import https from "node:https";
import type { Socket } from "node:net";
import type { FastifyInstance } from "fastify";
import { type RefusalReport, refuseConnect, replyToClientError } from "./client-error.js";
import { ConnectionLimit } from "./connection-limit.js";
import { closeIdleConnections } from "./idle-connections.js";
import { UnusedConnections } from "./unused-connections.js";

/** What a connection may cost. 0 is no limit. */
export interface ConnectionOptions {
  readonly maxConnections: number;
  /** For a request's headers. */
  readonly headersTimeoutMs: number;
  /** For a request, its body included; the answer may take any time. */
  readonly requestTimeoutMs: number;
  /** For a connection on which nothing moves. */
  readonly idleTimeoutMs: number;
  /** For the next request. */
  readonly keepAliveTimeoutMs: number;
}

/** A certificate chain and its key, as PEM. */
export interface TlsFiles {
  readonly cert: Buffer;
  readonly key: Buffer;
}

const defaults: ConnectionOptions = {
  maxConnections: 4096,
  headersTimeoutMs: 30_000,
  requestTimeoutMs: 120_000,
  idleTimeoutMs: 120_000,
  keepAliveTimeoutMs: 72_000,
};

/** TCP asks a silent peer whether it is still there: a client's machine may vanish while its answer is computed. */
const keepAliveProbe = { keepAlive: true, keepAliveInitialDelay: 60_000 };
/** How often Node.js looks for requests that are late, at most and at least. */
const checkMs = { most: 30_000, least: 100 };

/** The connections of an app over all addresses that it listens on, each of which has a server of its own. */
export class Connections {
  readonly limit: ConnectionLimit;
  readonly #options: ConnectionOptions;
  readonly #unused = new UnusedConnections();
  readonly #servers: (http.Server | https.Server)[] = [];
  /** Those that nobody else closes. */
  readonly #further: (http.Server | https.Server)[] = [];
  #closed: Promise<unknown> | null = null;

  constructor(options: Partial<ConnectionOptions> = {}) {
    this.#options = { ...defaults, ...options };
    this.limit = new ConnectionLimit(this.#options.maxConnections);
  }

  /** For a server that is to be governed. */
  get serverOptions(): http.ServerOptions {
    const { headersTimeoutMs, requestTimeoutMs, keepAliveTimeoutMs } = this.#options;
    const shortest = Math.min(...[headersTimeoutMs, requestTimeoutMs].filter((timeout) => timeout > 0));
    return {
      ...keepAliveProbe,
      // The app says so itself, in the shape of its errors.
      requireHostHeader: false,
      headersTimeout: headersTimeoutMs,
      requestTimeout: requestTimeoutMs,
      keepAliveTimeout: keepAliveTimeoutMs,
      connectionsCheckingInterval: Math.min(checkMs.most, Math.max(checkMs.least, shortest / 4)),
    };
  }

  /** Watches over a server; the app's own is one too, where it listens itself. */
  govern(server: http.Server | https.Server, report: RefusalReport): void {
    const { headersTimeoutMs, requestTimeoutMs, keepAliveTimeoutMs, idleTimeoutMs } = this.#options;
    // Fastify sets its own on a server that it makes.
    Object.assign(server, {
      headersTimeout: headersTimeoutMs,
      requestTimeout: requestTimeoutMs,
      keepAliveTimeout: keepAliveTimeoutMs,
    });
    server.setTimeout(idleTimeoutMs);
    // An expectation that is not known may be passed over (RFC 9110, 10.1.1).
    server.on("checkExpectation", (request, response) => server.emit("request", request, response));
    server.on("connect", (_request, socket: Socket) => refuseConnect(socket, report));
    closeIdleConnections(server);
    this.limit.watch(server);
    this.#unused.watch(server);
    this.#servers.push(server);
    server.on("request", (_request, response: http.ServerResponse) => {
      // Otherwise a connection that had an answer while the app was closed would be kept for the next request.
      response.once("close", () => {
        if (this.#closed !== null) setImmediate(() => server.closeIdleConnections());
      });
    });
  }

  /** A further server of the app, which has to be ready; HTTPS where there are files. */
  createServer(app: FastifyInstance, files: TlsFiles | null): http.Server | https.Server {
    const handshakeTimeout = this.#options.headersTimeoutMs || undefined;
    const server =
      files === null
        ? http.createServer(this.serverOptions, app.routing)
        : https.createServer(
            { ...this.serverOptions, ...files, ...(handshakeTimeout && { handshakeTimeout }) },
            app.routing,
          );
    server.on("clientError", (error, socket: Socket) => replyToClientError(error, socket, app.reportRefusal));
    this.govern(server, app.reportRefusal);
    this.#further.push(server);
    return server;
  }

  /** Takes a new certificate for the connections to come. */
  renew(files: TlsFiles): void {
    for (const server of this.#further) {
      if (server instanceof https.Server) server.setSecureContext(files);
    }
  }

  /** Nothing more is accepted, and a connection ends with its answer. */
  get isDraining(): boolean {
    return this.#closed !== null;
  }

  /** Stops accepting and closes what is idle. */
  drain(): void {
    this.#unused.destroy();
    this.#closed ??= Promise.all(this.#further.map(closed));
  }

  /** Resolves when the last connection of a further server has ended. */
  async closed(): Promise<void> {
    await this.#closed;
  }

  /** Cuts what still runs. */
  closeAll(): void {
    this.#unused.destroy();
    for (const server of this.#servers) server.closeAllConnections();
  }
}

/** A server that does not listen is closed. */
function closed(server: http.Server | https.Server): Promise<void> {
  return new Promise((resolve) => {
    if (server.listening) server.close(() => resolve());
    else resolve();
  });
}
