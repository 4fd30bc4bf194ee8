import { once } from "node:events";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { PbfReader } from "pbf";

/** A span as it arrived. */
export interface ReceivedSpan {
  traceId: string;
  id: string;
  /** "" where it has none. */
  parentId: string;
  name: string;
  kind: "internal" | "server" | "other";
  startNs: bigint;
  endNs: bigint;
  attributes: Record<string, unknown>;
  isError: boolean;
  resource: Record<string, unknown>;
}

/** Takes spans by OTLP over HTTP, as protobuf; the numbers are those of opentelemetry-proto's trace.proto. */
export class OtlpCollector {
  readonly spans: ReceivedSpan[] = [];
  /** Paths and content types that were asked. */
  readonly requests: string[] = [];
  /** What the next requests are answered with; null: nothing at all. */
  status: number | null = 200;
  readonly #server: http.Server;

  static async start(): Promise<OtlpCollector> {
    const collector = new OtlpCollector();
    collector.#server.listen(0, "127.0.0.1");
    await once(collector.#server, "listening");
    return collector;
  }

  private constructor() {
    this.#server = http.createServer(async (request, response) => {
      this.requests.push(`${request.method} ${request.url} ${request.headers["content-type"]}`);
      const body = Buffer.concat(await request.toArray());
      if (this.status === null) return;
      if (this.status === 200) this.spans.push(...readRequest(body));
      response.writeHead(this.status, { "content-type": "application/x-protobuf" }).end();
    });
  }

  get url(): string {
    // A TCP server's address is no text.
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, "close");
  }
}

function readRequest(body: Uint8Array): ReceivedSpan[] {
  const spans: ReceivedSpan[] = [];
  new PbfReader(body).readFields((tag, _, pbf) => {
    if (tag === 1) pbf.readMessage(readResourceSpans, { spans, resource: {} });
  }, null);
  return spans;
}

interface ResourceSpans {
  readonly spans: ReceivedSpan[];
  readonly resource: Record<string, unknown>;
}

function readResourceSpans(tag: number, { spans, resource }: ResourceSpans, pbf: PbfReader): void {
  if (tag === 1) pbf.readMessage((field, into, inner) => readAttributes(field === 1, into, inner), resource);
  if (tag !== 2) return;
  pbf.readMessage((field, _, inner) => {
    if (field === 2) spans.push(inner.readMessage(readSpan, emptySpan(resource)));
  }, null);
}

function emptySpan(resource: Record<string, unknown>): ReceivedSpan {
  return {
    traceId: "",
    id: "",
    parentId: "",
    name: "",
    kind: "other",
    startNs: 0n,
    endNs: 0n,
    attributes: {},
    isError: false,
    resource,
  };
}

function readSpan(tag: number, span: ReceivedSpan, pbf: PbfReader): void {
  if (tag === 1) span.traceId = hex(pbf.readBytes());
  else if (tag === 2) span.id = hex(pbf.readBytes());
  else if (tag === 4) span.parentId = hex(pbf.readBytes());
  else if (tag === 5) span.name = pbf.readString();
  else if (tag === 6) span.kind = (["other", "internal", "server"] as const)[pbf.readVarint()] ?? "other";
  else if (tag === 7) span.startNs = readNanoseconds(pbf);
  else if (tag === 8) span.endNs = readNanoseconds(pbf);
  else if (tag === 9) readAttributes(true, span.attributes, pbf);
  else if (tag === 15)
    pbf.readMessage((field, _, inner) => {
      if (field === 3) span.isError = inner.readVarint() === 2;
    }, null);
}

function readAttributes(isAttribute: boolean, into: Record<string, unknown>, pbf: PbfReader): void {
  if (!isAttribute) return;
  let key = "";
  pbf.readMessage((field, _, inner) => {
    if (field === 1) key = inner.readString();
    if (field === 2) into[key] = readValue(inner);
  }, null);
}

function readValue(pbf: PbfReader): unknown {
  let value: unknown;
  pbf.readMessage((field, _, inner) => {
    if (field === 1) value = inner.readString();
    if (field === 2) value = inner.readBoolean();
    if (field === 3) value = inner.readVarint(true);
    if (field === 4) value = inner.readDouble();
    if (field === 5) value = readList(inner);
  }, null);
  return value;
}

function readList(pbf: PbfReader): unknown[] {
  const values: unknown[] = [];
  pbf.readMessage((field, _, inner) => {
    if (field === 1) values.push(readValue(inner));
  }, null);
  return values;
}

/** As a number it would be rounded. */
function readNanoseconds(pbf: PbfReader): bigint {
  const low = BigInt(pbf.readFixed32());
  return (BigInt(pbf.readFixed32()) << 32n) | low;
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}
