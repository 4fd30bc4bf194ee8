import type { ServedModel } from "../registry/served-model.js";
import { addressText, type BoundAddress, type BoundAddresses } from "./listener.js";

export interface ReadyModel {
  readonly id: string;
  readonly kind: ServedModel["kind"];
  /** How much fits, in words. */
  readonly context: string;
}

/** What serve says on stdout when the first request can come. */
export interface ReadyServer {
  /** As given (`0.0.0.0` and `::` are every interface), with the ports that were found. One at least. */
  readonly addresses: BoundAddresses;
  /** One at least; the first is tried. */
  readonly models: readonly [ReadyModel, ...ReadyModel[]];
  /** One that works, where keys are needed and the reader of stdout may see it; null where no key is needed. */
  readonly apiKey: { readonly shown: string | null } | null;
}

export function readyBanner(server: ReadyServer): string {
  const lines = [
    "",
    `Weir is ready on ${server.addresses.map((address) => addressText(reachable(address))).join(", ")}`,
    ...server.models.flatMap(({ id, context }) => [`  model    ${id}`, `  context  ${context}`]),
    "",
    server.apiKey?.shown === null ? "Try it, with WEIR_API_KEY set to one of your keys:" : "Try it:",
    curlLine(server),
    "",
  ];
  return lines.join("\n");
}

/** Where a client on this machine finds the server. */
function reachable(address: BoundAddress): BoundAddress {
  if ("socketPath" in address) return address;
  const loopback = new Map([
    ["0.0.0.0", "127.0.0.1"],
    ["::", "::1"],
  ]);
  return { ...address, host: loopback.get(address.host) ?? address.host };
}

/** What a model of each kind is asked, for a try. */
const examples: Readonly<Record<ServedModel["kind"], { readonly path: string; readonly fields: object }>> = {
  generation: { path: "chat/completions", fields: { messages: [{ role: "user", content: "Hello, Weir!" }] } },
  embedding: { path: "embeddings", fields: { input: "Hello, Weir!" } },
  rerank: { path: "rerank", fields: { query: "Who is there?", documents: ["Hello, Weir!", "Nobody."] } },
};

function curlLine({ addresses: [address], models: [model], apiKey }: ReadyServer): string {
  const { path, fields } = examples[model.kind];
  const body = JSON.stringify({ model: model.id, ...fields });
  const target = curlTarget(reachable(address), `/v1/${path}`);
  const words = ["curl", ...target, "-H 'content-type: application/json'"];
  if (apiKey !== null) {
    const key = apiKey.shown;
    words.push(
      key === null
        ? '-H "authorization: Bearer $WEIR_API_KEY"'
        : `-H ${quoted(`authorization: Bearer ${key}`)}`,
    );
  }
  return [...words, `-d ${quoted(body)}`].join(" ");
}

/** A socket's path says where; the host that the URL needs says nothing. */
function curlTarget(address: BoundAddress, path: string): readonly string[] {
  return "socketPath" in address
    ? [`--unix-socket ${quoted(address.socketPath)}`, `http://localhost${path}`]
    : [`${addressText(address)}${path}`];
}

/** For a POSIX shell. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
