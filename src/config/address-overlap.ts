import net from "node:net";
import type { ListenAddress } from "./listen-address.js";

/** Whether who listens on the one can't listen on the other. Names that the resolver knows are not looked up. */
export function addressesOverlap(one: ListenAddress, other: ListenAddress): boolean {
  if ("socketPath" in one || "socketPath" in other) {
    return "socketPath" in one && "socketPath" in other && one.socketPath === other.socketPath;
  }
  if (one.port !== other.port || one.port === 0) return false;
  return one.host === other.host || includes(one.host, other.host) || includes(other.host, one.host);
}

/** `::` listens for IPv4 too. */
function includes(wildcard: string, host: string): boolean {
  return (wildcard === "::" && net.isIP(host) !== 0) || (wildcard === "0.0.0.0" && net.isIPv4(host));
}
