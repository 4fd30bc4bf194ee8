import type { RequestOptions } from "node:https";
import type { Config } from "../config/schema.js";
import { WeirError } from "../errors.js";
import { type BoundAddress, listenAddresses } from "./listener.js";

/** Addresses that a server listens on, and nobody connects to. */
const everyInterface: Readonly<Record<string, string>> = { "0.0.0.0": "127.0.0.1", "::": "::1" };

/** The first place that a server with these settings answers at. */
export function firstAddress(config: Config): BoundAddress {
  const [address] = listenAddresses(config);
  if (address === undefined) throw new WeirError("invalid_argument", "there is no address to ask");
  const isPlain = "socketPath" in address || config.tlsCert === null;
  return { ...address, scheme: isPlain ? "http" : "https" };
}

/** How the server of the same settings, on this machine, is connected to. */
export function ownServerAt(address: BoundAddress): RequestOptions {
  const where =
    "socketPath" in address
      ? { socketPath: address.socketPath }
      : { host: everyInterface[address.host] ?? address.host, port: address.port };
  // Whose certificate it is does not matter to the one who asks itself.
  return { ...where, rejectUnauthorized: false };
}
