/** Where a server listens: a host and a port, or the path of a Unix socket. */
export type ListenAddress =
  | { readonly host: string; readonly port: number }
  | { readonly socketPath: string };

const maxPort = 65_535;
/** sun_path of Linux has 108 bytes with its end. */
const maxSocketPathBytes = 107;

/** `127.0.0.1:8080`, `[::1]:8080`, `localhost:0`, `unix:/run/weir.sock`. Null for anything else. */
export function parseListenAddress(text: string): ListenAddress | null {
  if (text.startsWith("unix:")) {
    const socketPath = text.slice("unix:".length);
    const bytes = Buffer.byteLength(socketPath);
    return socketPath.startsWith("/") && bytes <= maxSocketPathBytes ? { socketPath } : null;
  }
  const [, bracketed, plain, digits = ""] = /^(?:\[([^[\]\s]+)\]|([^:[\]\s/]+)):(\d{1,5})$/.exec(text) ?? [];
  const host = bracketed ?? plain;
  const port = Number(digits);
  return host === undefined || port > maxPort ? null : { host, port };
}

/** The text that `parseListenAddress` reads. */
export function listenAddressText(address: ListenAddress): string {
  if ("socketPath" in address) return `unix:${address.socketPath}`;
  const { host, port } = address;
  return `${host.includes(":") ? `[${host}]` : host}:${port}`;
}
