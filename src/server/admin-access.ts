import { isIP } from "node:net";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { WeirError } from "../errors.js";
import type { KeyRing } from "../keys/key-ring.js";

/** What proxies add: behind one on the same machine, everybody comes from loopback. */
const proxyHeaders = [
  "forwarded",
  "x-forwarded-for",
  "x-forwarded-host",
  "x-forwarded-proto",
  "x-real-ip",
  "via",
];

/**
 * Answers /admin only where the connection came to this machine's own addresses, loopback or a Unix socket; whatever else the
 * server listens on.
 */
export function keepAdminLocal(app: FastifyInstance): void {
  app.addHook("onRequest", async ({ routeOptions, socket }) => {
    if (!routeOptions.url?.startsWith("/admin/") || isLoopback(socket.localAddress)) return;
    throw new WeirError(
      "admin_only",
      "/admin answers on loopback and Unix sockets alone: ask there, or set admin-access to everywhere.",
    );
  });
}

/**
 * Lets administrators pass: with an admin key, or, where there are no keys at all, from this machine itself.
 *
 * @throws WeirError `admin_only`
 */
export function requireAdmin(request: FastifyRequest, keys: KeyRing): void {
  if (!keys.isOpen) {
    if (request.caller.isAdmin) return;
    throw new WeirError("admin_only", "This key is not an admin key: make one with weir keys add --admin.");
  }
  const isProxied = proxyHeaders.some((name) => request.headers[name] !== undefined);
  const { socket, hostname } = request;
  // A page whose name was made to lead here, or a forwarder that adds no header, is known by the name that was asked for.
  const isAskedHere =
    socket.remoteAddress === undefined || (isLoopback(socket.remoteAddress) && isOwnName(hostname));
  if (!isProxied && isAskedHere) return;
  throw new WeirError(
    "admin_only",
    "Without API keys, this path answers this machine alone and no proxy: make an admin key with weir keys add --admin.",
  );
}

function isOwnName(hostname: string): boolean {
  const name = hostname.replace(/^\[(.*)\]$/, "$1").toLowerCase();
  return name === "" || name === "localhost" || (isIP(name) !== 0 && isLoopback(name));
}

/** A Unix socket has no address, and is this machine's too. */
function isLoopback(address: string | undefined): boolean {
  if (address === undefined || address === "") return true;
  const v4 = address.replace(/^::ffff:/i, "");
  return isIP(v4) === 4 ? v4.startsWith("127.") : address === "::1";
}
