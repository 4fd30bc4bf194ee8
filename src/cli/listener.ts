import type { FastifyInstance } from "fastify";
import type { Config } from "../config/schema.js";
import { messageOf, WeirError } from "../errors.js";
import { codeOf } from "./failure.js";

/**
 * @returns the port, which `--port 0` leaves to the system
 * @throws WeirError `listen_failed`: the port is in use, the host is none of this machine
 */
export async function listen(app: FastifyInstance, { host, port }: Config): Promise<number> {
  try {
    await app.listen({ host, port });
  } catch (error) {
    throw new WeirError("listen_failed", listenProblem(error, host, port), { cause: error });
  }
  const address = app.server.address();
  return typeof address === "object" && address !== null ? address.port : port;
}

/** Stops accepting, lets running requests end for so long, then closes their connections. */
export async function closeApp(app: FastifyInstance, patienceMs: number): Promise<void> {
  const timer = setTimeout(() => app.server.closeAllConnections(), patienceMs);
  try {
    await app.close();
  } finally {
    clearTimeout(timer);
  }
}

function listenProblem(error: unknown, host: string, port: number): string {
  if (codeOf(error) === "EADDRINUSE") {
    return `port ${port} on ${host} is in use; end the program that holds it or give --port another one (0: any free one)`;
  }
  return `can't listen on ${host}, port ${port}: ${messageOf(error)}; --host and --port say where`;
}
