import type { Config } from "../config/schema.js";
import type { ConnectionOptions } from "../server/connections.js";

/** The part of the configuration that says what a connection may cost, in the server's words. */
export function toConnectionOptions(config: Config): ConnectionOptions {
  return {
    maxConnections: config.maxConnections,
    headersTimeoutMs: config.headersTimeout,
    requestTimeoutMs: config.requestTimeout,
    idleTimeoutMs: config.idleTimeout,
    keepAliveTimeoutMs: config.keepAliveTimeout,
  };
}
