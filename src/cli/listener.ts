import { once } from "node:events";
import type { Server } from "node:http";
import type { FastifyInstance } from "fastify";
import { type ListenAddress, listenAddressText, parseListenAddress } from "../config/listen-address.js";
import type { Config } from "../config/schema.js";
import { messageOf, WeirError } from "../errors.js";
import type { Connections, TlsFiles } from "../server/connections.js";
import { codeOf } from "./failure.js";
import { openToGroup, removeStaleSocket } from "./socket-file.js";

/** Where a server was found to listen: port 0 has become one. */
export type BoundAddress = ListenAddress & { readonly scheme: "http" | "https" };

export type BoundAddresses = readonly [BoundAddress, ...BoundAddress[]];

/** All addresses of the configuration: `listen`, or host and port. */
export function listenAddresses({ listen, host, port }: Config): readonly ListenAddress[] {
  if (listen.length === 0) return [{ host, port }];
  return listen.flatMap((text) => parseListenAddress(text) ?? []);
}

/**
 * Listens on each address, in order. Ports speak HTTPS where there are files for it; Unix sockets never do.
 *
 * @throws WeirError `listen_failed`: an address is in use, or none of this machine; those before it are closed with the app
 */
export async function listen(
  app: FastifyInstance,
  connections: Connections,
  addresses: readonly ListenAddress[],
  files: TlsFiles | null,
): Promise<BoundAddresses> {
  await app.ready();
  const bound: BoundAddress[] = [];
  for (const address of addresses) {
    const isSocket = "socketPath" in address;
    const server = connections.createServer(app, isSocket ? null : files);
    try {
      if (isSocket) await listenOnSocket(server, address.socketPath);
      else await started(server, () => server.listen({ host: address.host, port: address.port }));
    } catch (error) {
      throw new WeirError("listen_failed", listenProblem(error, address), { cause: error });
    }
    const found: BoundAddress = {
      ...withPort(server, address),
      scheme: files === null || isSocket ? "http" : "https",
    };
    app.log.info(`Server listening at ${addressText(found)}`);
    bound.push(found);
  }
  const [first, ...others] = bound;
  if (first === undefined) throw new WeirError("invalid_argument", "there is no address to listen on");
  return [first, ...others];
}

/** `http://127.0.0.1:8080`, `unix:/run/weir.sock`. */
export function addressText(address: BoundAddress): string {
  const text = listenAddressText(address);
  return "socketPath" in address ? text : `${address.scheme}://${text}`;
}

/** Stops accepting, lets running requests end for so long, then closes their connections. */
export async function closeApp(
  app: FastifyInstance,
  connections: Connections,
  patienceMs: number,
): Promise<void> {
  const timer = setTimeout(() => connections.closeAll(), patienceMs);
  try {
    await app.close();
  } finally {
    clearTimeout(timer);
  }
}

async function listenOnSocket(server: Server, socketPath: string): Promise<void> {
  await removeStaleSocket(socketPath);
  await started(server, () => server.listen({ path: socketPath }));
  await openToGroup(socketPath);
}

/** once() rejects with the server's error. */
async function started(server: Server, start: () => void): Promise<void> {
  const listening = once(server, "listening");
  start();
  await listening;
}

function withPort(server: Server, address: ListenAddress): ListenAddress {
  const found = server.address();
  if ("socketPath" in address || typeof found !== "object" || found === null) return address;
  return { host: address.host, port: found.port };
}

function listenProblem(error: unknown, address: ListenAddress): string {
  const isInUse = codeOf(error) === "EADDRINUSE";
  if ("socketPath" in address) {
    const { socketPath } = address;
    return isInUse
      ? `${socketPath} is there already: another server listens on it, or it is no socket; remove it or choose another path`
      : `can't listen on the socket ${socketPath}: ${messageOf(error)}; its folder must exist and be writable`;
  }
  const { host, port } = address;
  return isInUse
    ? `port ${port} on ${host} is in use; end the program that holds it or give --port another one (0: any free one)`
    : `can't listen on ${host}, port ${port}: ${messageOf(error)}; --host and --port, or --listen, say where`;
}
