import { isIP } from "node:net";
import type { FastifyRequest } from "fastify";
import { WeirError } from "../errors.js";
import type { KeyRing } from "../keys/key-ring.js";

/** What proxies add: behind one on the same machine, everybody comes from loopback. */
const proxyHeaders = ["forwarded", "x-forwarded-for", "x-real-ip", "via"];

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
  if (!isProxied && isLoopback(request.socket.remoteAddress)) return;
  throw new WeirError(
    "admin_only",
    "Without API keys, this path answers this machine alone and no proxy: make an admin key with weir keys add --admin.",
  );
}

/** A Unix socket has no address, and is this machine's too. */
function isLoopback(address: string | undefined): boolean {
  if (address === undefined || address === "") return true;
  const v4 = address.replace(/^::ffff:/i, "");
  return isIP(v4) === 4 ? v4.startsWith("127.") : address === "::1";
}
