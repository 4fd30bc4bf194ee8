import type { ServedModel } from "../registry/served-model.js";

/** What serve says on stdout when the first request can come. */
export interface ReadyServer {
  /** As given: `0.0.0.0` and `::` are every interface. */
  readonly host: string;
  /** The one listened on, also where `--port 0` was given. */
  readonly port: number;
  readonly model: string;
  readonly kind: ServedModel["kind"];
  /** How much fits, in words. */
  readonly context: string;
  /** One that works, where keys are needed and the reader of stdout may see it; null where no key is needed. */
  readonly apiKey: { readonly shown: string | null } | null;
}

export function readyBanner(server: ReadyServer): string {
  const address = addressOf(server);
  const lines = [
    "",
    `Weir is ready on ${address}`,
    `  model    ${server.model}`,
    `  context  ${server.context}`,
    "",
    server.apiKey?.shown === null ? "Try it, with WEIR_API_KEY set to one of your keys:" : "Try it:",
    curlLine(address, server),
    "",
  ];
  return lines.join("\n");
}

/** Where a client on this machine finds the server. */
function addressOf({ host, port }: ReadyServer): string {
  const loopback = new Map([
    ["0.0.0.0", "127.0.0.1"],
    ["::", "::1"],
  ]);
  const reachable = loopback.get(host) ?? host;
  return `http://${reachable.includes(":") ? `[${reachable}]` : reachable}:${port}`;
}

/** What a model of each kind is asked, for a try. */
const examples: Readonly<Record<ServedModel["kind"], { readonly path: string; readonly fields: object }>> = {
  generation: { path: "chat/completions", fields: { messages: [{ role: "user", content: "Hello, Weir!" }] } },
  embedding: { path: "embeddings", fields: { input: "Hello, Weir!" } },
  rerank: { path: "rerank", fields: { query: "Who is there?", documents: ["Hello, Weir!", "Nobody."] } },
};

function curlLine(address: string, { model, kind, apiKey }: ReadyServer): string {
  const { path, fields } = examples[kind];
  const body = JSON.stringify({ model, ...fields });
  const words = ["curl", `${address}/v1/${path}`, "-H 'content-type: application/json'"];
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

/** For a POSIX shell. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
