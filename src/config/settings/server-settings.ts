import net from "node:net";
import { parseListenAddress } from "../listen-address.js";
import { setting } from "../setting.js";
import { choice, text, textList, wholeNumber } from "../values.js";

/** Groups of addresses that Fastify's proxy-addr has names for. */
const networkNames: readonly string[] = ["loopback", "linklocal", "uniquelocal"];

/** Where clients find the server, and who of them may ask. */
export const serverSettings = {
  listen: setting(
    textList(
      "addresses such as 127.0.0.1:8080, [::1]:8080 or unix:/run/weir.sock, a path of at most 107 bytes",
      (item) => parseListenAddress(item) !== null,
    ).default([]),
    {
      group: "Server",
      description:
        "addresses to listen on, instead of host and port: host:port, [IPv6]:port or unix:/path; port 0 takes a free one",
      defaultText: "host and port",
      placeholder: "addresses",
      repeatable: true,
      example: "[127.0.0.1:8080, 0.0.0.0:18789, unix:/run/weir.sock]",
    },
  ),
  host: setting(text("an address or a host name").default("127.0.0.1"), {
    group: "Server",
    description: "address to listen on; 0.0.0.0 is every interface",
    placeholder: "address",
  }),
  port: setting(wholeNumber(0, 65_535).default(18_789), {
    group: "Server",
    description: "port to listen on; 0 takes a free one",
    placeholder: "number",
  }),
  tlsCert: setting(text("the path of a PEM file").nullable().default(null), {
    group: "Server",
    description:
      "certificate chain (PEM); with it every port speaks HTTPS, Unix sockets stay plain. SIGHUP reads the file again",
    defaultText: "none, plain HTTP",
    placeholder: "path",
    path: true,
    live: true,
    example: "/etc/weir/tls/fullchain.pem",
  }),
  tlsKey: setting(text("the path of a PEM file").nullable().default(null), {
    group: "Server",
    description: "private key (PEM) of the certificate",
    defaultText: "none, plain HTTP",
    placeholder: "path",
    path: true,
    live: true,
    example: "/etc/weir/tls/privkey.pem",
  }),
  trustProxy: setting(
    textList(`addresses, networks such as 10.0.0.0/8, or ${networkNames.join(", ")}`, isNetwork).default([]),
    {
      group: "Server",
      description:
        "proxies whose x-forwarded-for and x-forwarded-proto are believed: addresses, networks, loopback, linklocal, uniquelocal",
      defaultText: "none",
      placeholder: "addresses",
      repeatable: true,
      example: "[loopback, 10.0.0.0/8]",
    },
  ),
  corsOrigin: setting(
    textList("origins such as https://chat.example.org, or *", /^(\*|https?:\/\/[^/\s]+)$/).default([]),
    {
      group: "Server",
      description: "origins whose web pages may call the API from a browser; * is every one",
      defaultText: "none",
      placeholder: "origins",
      repeatable: true,
      example: "[https://chat.example.org]",
    },
  ),
  apiKey: setting(
    textList("keys of printable characters without spaces or commas", /^[!-+\--~]+$/).default([]),
    {
      group: "Server",
      description: "key that clients must send; repeat the flag or give a comma list for several",
      defaultText: "none, everybody may ask",
      placeholder: "key",
      repeatable: true,
      secret: true,
      live: true,
      example: "[sk-one, sk-two]",
    },
  ),
  metricsAccess: setting(choice(["admin", "open"]).default("admin"), {
    group: "Server",
    description:
      "who may read GET /metrics: admin, an admin key or, without keys, this machine; open, everybody who reaches the port, for scrapers in a network that is trusted",
    placeholder: "who",
  }),
  adminAccess: setting(choice(["loopback", "everywhere"]).default("loopback"), {
    group: "Server",
    description:
      "where /admin answers: loopback, at addresses of this machine alone and Unix sockets; everywhere, at every address that is listened on. It needs an admin key either way, where there are keys",
    placeholder: "where",
  }),
};

function isNetwork(item: string): boolean {
  if (networkNames.includes(item)) return true;
  const [address = "", prefix, ...rest] = item.split("/");
  const bits = net.isIPv4(address) ? 32 : 128;
  const isPrefix = prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= bits);
  return net.isIP(address) !== 0 && isPrefix && rest.length === 0;
}
