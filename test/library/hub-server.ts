import { createHash } from "node:crypto";
import { once } from "node:events";
import http from "node:http";
import type { AddressInfo } from "node:net";

/** What is wrong with the storage; by default nothing. */
export interface Faults {
  /** Answers of the repository's own pages, by path and try (from 1); undefined is as it should be. */
  hubStatus?: (path: string, attempt: number) => number | undefined;
  /** Goes with them. */
  retryAfterSeconds?: number;
  /** The same of the storage's GETs. */
  storageStatus?: (attempt: number) => number | undefined;
  /** Bytes after which a connection is cut. */
  cutAfter?: (attempt: number) => number | undefined;
  /** Bytes after which a connection stands still. */
  stallAfter?: (attempt: number) => number | undefined;
  /** Changes a byte at this place of the file. */
  corruptAt?: (attempt: number) => number | undefined;
  /** Says that it takes ranges, and sends the whole file. */
  ignoresRanges?: boolean;
  /** Does not say that it takes ranges, and takes none. */
  hasNoRanges?: boolean;
  /** Sends so many bytes without saying how many they are, and ends as if that were all. */
  endsAfter?: number;
  /** Added to the size that x-linked-size tells. */
  sizeLie?: number;
  /** Tells no checksum anywhere. */
  hasNoChecksums?: boolean;
  /** Sends the bytes itself, as it does with small files, instead of a redirect. */
  hasNoStorage?: boolean;
  /** Answers a HEAD itself, and redirects a GET to the storage. */
  redirectsOnlyGet?: boolean;
  /** Redirects from these names of repositories to others, as after they were renamed. */
  renamed?: Readonly<Record<string, string>>;
  /** Cuts the listing in its middle, by try. */
  cutsListing?: (attempt: number) => boolean;
  /** Every page of a listing leads to another one. */
  listsForEver?: boolean;
  /** Only who has this token may see anything. */
  token?: string;
}

export interface HubRequest {
  readonly server: "hub" | "storage";
  readonly method: string;
  readonly path: string;
  readonly authorization: string | null;
  readonly range: string | null;
}

const chunkBytes = 2 ** 18;

/** A server that answers like Hugging Face, and a storage at another port that it redirects to. */
export class HubServer {
  readonly requests: HubRequest[] = [];
  faults: Faults = {};
  readonly #files = new Map<string, Buffer>();
  readonly #hub = http.createServer((request, response) => void this.#answer("hub", request, response));
  readonly #storage = http.createServer(
    (request, response) => void this.#answer("storage", request, response),
  );
  readonly #attempts = new Map<string, number>();

  static async start(): Promise<HubServer> {
    const server = new HubServer();
    for (const one of [server.#hub, server.#storage]) {
      one.listen(0, "127.0.0.1");
      await once(one, "listening");
    }
    return server;
  }

  get url(): string {
    return urlOf(this.#hub);
  }

  /** @param name `org/repository/file.gguf` */
  add(name: string, content: Buffer): void {
    this.#files.set(name, content);
  }

  remove(name: string): void {
    this.#files.delete(name);
  }

  reset(): void {
    this.faults = {};
    this.requests.length = 0;
    this.#attempts.clear();
  }

  /** Cuts all connections, and goes on. */
  cut(): void {
    this.#storage.closeAllConnections();
  }

  close(): void {
    for (const server of [this.#hub, this.#storage]) {
      server.closeAllConnections();
      server.close();
    }
  }

  /** What was asked of the storage. */
  get downloads(): readonly HubRequest[] {
    return this.requests.filter(({ server, method }) => server === "storage" && method === "GET");
  }

  async #answer(
    server: "hub" | "storage",
    request: http.IncomingMessage,
    response: http.ServerResponse,
  ): Promise<void> {
    const path = decodeURIComponent(new URL(request.url ?? "/", "http://localhost").pathname);
    const { authorization = null, range = null } = request.headers;
    this.requests.push({ server, method: request.method ?? "", path, authorization, range });
    if (server === "storage") return this.#send(path.slice(1), "storage", request, response);
    const status = this.faults.hubStatus?.(path, this.#attempt(path));
    if (status !== undefined)
      return end(
        response,
        status,
        this.faults.retryAfterSeconds === undefined
          ? {}
          : { "retry-after": String(this.faults.retryAfterSeconds) },
      );
    const { token } = this.faults;
    if (token !== undefined && authorization !== `Bearer ${token}`) return end(response, 401, {});
    for (const [from, to] of Object.entries(this.faults.renamed ?? {})) {
      if (path.includes(`/${from}/`)) return end(response, 307, { location: path.replace(from, to) });
    }
    const [, listed] = /^\/api\/models\/([^/]+\/[^/]+)\/tree\/main$/.exec(path) ?? [];
    if (listed !== undefined) return this.#list(listed, response);
    const [, repository, file] = /^\/([^/]+\/[^/]+)\/resolve\/main\/(.+)$/.exec(path) ?? [];
    const content = this.#files.get(`${repository}/${file}`);
    if (content === undefined) return end(response, 404, { "x-error-code": "EntryNotFound" });
    const isAnsweredHere = this.faults.redirectsOnlyGet && request.method === "HEAD";
    if (this.faults.hasNoStorage || isAnsweredHere)
      return this.#send(`${repository}/${file}`, "hub", request, response);
    end(response, 302, {
      location: `${urlOf(this.#storage)}/${repository}/${file}?signature=secret`,
      "x-linked-size": String(content.length + (this.faults.sizeLie ?? 0)),
      ...this.#etag("x-linked-etag", content),
    });
  }

  #list(repository: string, response: http.ServerResponse): void {
    const names = [...this.#files.keys()].filter((name) => name.startsWith(`${repository}/`));
    if (names.length === 0) {
      end(response, 404, { "x-error-code": "RepoNotFound" });
      return;
    }
    const entries = names.map((name) => {
      const content = this.#files.get(name) ?? Buffer.alloc(0);
      const lfs = this.faults.hasNoChecksums ? {} : { lfs: { oid: sha256(content), size: content.length } };
      return { type: "file", path: name.slice(repository.length + 1), size: content.length, ...lfs };
    });
    response.setHeader("content-type", "application/json");
    if (this.faults.listsForEver)
      response.setHeader("link", `<${this.url}/api/models/${repository}/tree/main?more>; rel="next"`);
    const text = JSON.stringify(entries);
    if (!this.faults.cutsListing?.(this.#attempt(`listing/${repository}`))) return void response.end(text);
    response.setHeader("content-length", text.length);
    response.write(text.slice(0, text.length / 2), () => response.destroy());
  }

  async #send(
    name: string,
    server: "hub" | "storage",
    request: http.IncomingMessage,
    response: http.ServerResponse,
  ): Promise<void> {
    const content = this.#files.get(name);
    if (content === undefined) return end(response, 404, {});
    const { faults } = this;
    const attempt = request.method === "GET" ? this.#attempt(`storage/${name}`) : 0;
    const status = request.method === "GET" ? faults.storageStatus?.(attempt) : undefined;
    if (status !== undefined) return end(response, status, {});
    const takesRanges = !faults.hasNoRanges && !faults.ignoresRanges;
    const [, from, to] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? "") ?? [];
    const isPart = takesRanges && from !== undefined;
    const start = isPart ? Number(from) : 0;
    const stop = isPart && to ? Math.min(Number(to) + 1, content.length) : content.length;
    const part = Buffer.from(content.subarray(start, stop));
    const corrupt = faults.corruptAt?.(attempt);
    if (corrupt !== undefined && corrupt >= start && corrupt < stop)
      part[corrupt - start] = ~(part[corrupt - start] ?? 0);
    response.writeHead(isPart ? 206 : 200, {
      ...(request.method === "GET" && faults.endsAfter !== undefined
        ? {}
        : { "content-length": part.length }),
      ...(faults.hasNoRanges ? {} : { "accept-ranges": "bytes" }),
      ...(isPart ? { "content-range": `bytes ${start}-${stop - 1}/${content.length}` } : {}),
      ...(server === "hub" ? this.#etag("etag", content) : {}),
    });
    if (request.method === "HEAD") return void response.end();
    response.flushHeaders();
    // Each wait for room leaves one behind.
    response.setMaxListeners(0);
    if (faults.endsAfter !== undefined) return void response.end(part.subarray(0, faults.endsAfter));
    const limit = faults.cutAfter?.(attempt) ?? faults.stallAfter?.(attempt) ?? part.length;
    for (let sent = 0; sent < Math.min(limit, part.length) && !response.destroyed; sent += chunkBytes) {
      if (!response.write(part.subarray(sent, Math.min(sent + chunkBytes, limit)))) {
        await Promise.race([once(response, "drain"), once(response, "close")]);
      }
    }
    if (faults.cutAfter?.(attempt) !== undefined && limit < part.length) response.destroy();
    else if (limit >= part.length) response.end();
  }

  #etag(header: string, content: Buffer): Record<string, string> {
    return this.faults.hasNoChecksums ? {} : { [header]: `"${sha256(content)}"` };
  }

  #attempt(path: string): number {
    const attempt = (this.#attempts.get(path) ?? 0) + 1;
    this.#attempts.set(path, attempt);
    return attempt;
  }
}

export function sha256(content: Buffer): string {
  return createHash("sha256").update(content).digest("hex");
}

function end(response: http.ServerResponse, status: number, headers: http.OutgoingHttpHeaders): void {
  response.writeHead(status, { ...headers, "content-length": 0 });
  response.end();
}

function urlOf(server: http.Server): string {
  // A server that listens on a port has an address of this kind.
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
