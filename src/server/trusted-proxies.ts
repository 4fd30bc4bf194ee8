import net from "node:net";

/** Names for networks, the same as Express and Fastify have. */
const namedNetworks: Readonly<Record<string, readonly string[]>> = {
  loopback: ["127.0.0.0/8", "::1/128"],
  linklocal: ["169.254.0.0/16", "fe80::/10"],
  uniquelocal: ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"],
};

/**
 * Whether the x-forwarded headers of a peer are believed. One on a Unix socket has no address; it has the rights to the socket,
 * and is a proxy where there are any.
 *
 * @param proxies addresses, networks (`10.0.0.0/8`), or names of networks
 */
export function trustedProxies(
  proxies: readonly string[],
): false | ((address: string | undefined) => boolean) {
  if (proxies.length === 0) return false;
  const list = new net.BlockList();
  for (const network of proxies.flatMap((proxy) => namedNetworks[proxy] ?? [proxy])) {
    const [address = "", prefix] = network.split("/");
    const family = familyOf(address);
    if (prefix === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(prefix), family);
  }
  return (address) => address === undefined || list.check(address, familyOf(address));
}

function familyOf(address: string): "ipv4" | "ipv6" {
  return net.isIPv6(address) ? "ipv6" : "ipv4";
}
