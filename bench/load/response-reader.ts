/** What a reader finds: a response's status, its body in pieces, its end. */
export interface ResponseSink {
  onBody(text: string): void;
  onEnd(status: number): void;
}

/** Where the reader is in a response. `left` bytes of a chunk or of a body of known length are still to come. */
type Place = "head" | "chunk size" | "chunk" | "after chunk" | "trailer" | "body";

/**
 * Takes HTTP/1.1 responses apart as their bytes come: chunked, or of a known length.
 *
 * node:http would do, at several times the cost for every token; the load generator shares its cores with the servers.
 * Bytes come as latin1, so that a length in bytes is a length of the string.
 */
export class ResponseReader {
  readonly #sink: ResponseSink;
  #pending = "";
  #place: Place = "head";
  #left = 0;
  #status = 0;

  constructor(sink: ResponseSink) {
    this.#sink = sink;
  }

  /** @throws Error where the bytes are no HTTP */
  push(bytes: string): void {
    this.#pending += bytes;
    while (this.#advance());
  }

  /** False where more bytes are needed. */
  #advance(): boolean {
    switch (this.#place) {
      case "head":
        return this.#readHead();
      case "chunk size": {
        const line = this.#takeThrough("\r\n");
        if (line === null) return false;
        this.#left = Number.parseInt(line, 16);
        if (Number.isNaN(this.#left)) throw new Error(`"${line}" is no chunk size`);
        this.#place = this.#left === 0 ? "trailer" : "chunk";
        return true;
      }
      case "chunk":
        return this.#readBody("after chunk");
      case "after chunk":
        if (this.#takeThrough("\r\n") === null) return false;
        this.#place = "chunk size";
        return true;
      case "trailer": {
        const line = this.#takeThrough("\r\n");
        if (line === "") this.#end();
        return line !== null;
      }
      case "body":
        return this.#readBody("head");
    }
  }

  #readHead(): boolean {
    const head = this.#takeThrough("\r\n\r\n");
    if (head === null) return false;
    const status = /^HTTP\/1\.1 (\d{3})/.exec(head)?.[1];
    if (status === undefined) throw new Error(`"${head.slice(0, 40)}" is no HTTP response`);
    this.#status = Number(status);
    if (/^transfer-encoding: *chunked/im.test(head)) {
      this.#place = "chunk size";
      return true;
    }
    this.#left = Number(/^content-length: *(\d+)/im.exec(head)?.[1] ?? 0);
    this.#place = "body";
    if (this.#left === 0) this.#end();
    return true;
  }

  #readBody(next: "after chunk" | "head"): boolean {
    if (this.#pending === "") return false;
    const text = this.#pending.slice(0, this.#left);
    this.#pending = this.#pending.slice(text.length);
    this.#left -= text.length;
    this.#sink.onBody(text);
    if (this.#left > 0) return false;
    if (next === "head") this.#end();
    else this.#place = next;
    return true;
  }

  #end(): void {
    this.#place = "head";
    this.#sink.onEnd(this.#status);
  }

  /** The text before a mark, which goes too; null where the mark has not come yet. */
  #takeThrough(mark: string): string | null {
    const at = this.#pending.indexOf(mark);
    if (at < 0) return null;
    const text = this.#pending.slice(0, at);
    this.#pending = this.#pending.slice(at + mark.length);
    return text;
  }
}
