import { isPlainPath } from "../config/model-reference.js";
import { WeirError } from "../errors.js";
import { askHub, type HubOptions } from "./hub-request.js";

/** A file of a repository, as its listing has it. */
export interface HubFile {
  /** In the repository. */
  readonly path: string;
  readonly bytes: number;
  /** Null for one that is not large. */
  readonly sha256: string | null;
}

/** Where a file's bytes are, and what they must be. */
export interface HubSource {
  readonly url: string;
  /** The token goes along: the bytes come from the endpoint itself. */
  readonly isEndpoint: boolean;
  readonly bytes: number;
  /** Null where the server tells none. */
  readonly sha256: string | null;
}

const mostRedirects = 5;
const mostPages = 50;

/** The repository's files, with sizes and checksums: `/api/models/<repository>/tree/main`. */
export async function listHubFiles(repository: string, options: HubOptions): Promise<readonly HubFile[]> {
  const files: HubFile[] = [];
  let url: string | null = `${options.endpoint}/api/models/${repository}/tree/main?recursive=true`;
  for (let page = 0; url !== null && page < mostPages; page++) {
    const response: Response = await askHub("GET", url, `hf:${repository}`, options);
    const listed: unknown = await response.json().catch(() => null);
    if (!Array.isArray(listed)) throw strange(repository, options, "its listing is no list of files");
    files.push(...listed.flatMap(toFile));
    url = nextPage(response, options);
  }
  return files;
}

/**
 * Asks where the bytes of a file are: Hugging Face answers with a redirect to a storage, and with the size and SHA-256 of what is there
 * (x-linked-size, x-linked-etag).
 *
 * @throws WeirError `pull_failed`
 */
export async function findHubFile(repository: string, file: string, options: HubOptions): Promise<HubSource> {
  const what = `hf:${repository}/${file}`;
  let url = hubFileUrl(repository, file, options);
  for (let redirects = 0; redirects <= mostRedirects; redirects++) {
    const { status, headers } = await askHub("HEAD", url, what, options);
    const location = status >= 300 ? headers.get("location") : null;
    const linkedBytes = toBytes(headers.get("x-linked-size"));
    const sha256 = toSha256(headers.get("x-linked-etag") ?? headers.get("etag"));
    const next = location === null ? url : new URL(location, url).href;
    const isEndpoint = new URL(next).origin === new URL(options.endpoint).origin;
    if (linkedBytes !== null) return { url: next, isEndpoint, bytes: linkedBytes, sha256 };
    if (location === null) {
      const bytes = toBytes(headers.get("content-length"));
      if (bytes === null) throw strange(what, options, "it does not say how large the file is");
      return { url, isEndpoint, bytes, sha256 };
    }
    url = next;
  }
  throw strange(what, options, `it redirects more than ${mostRedirects} times`);
}

/** Where a file is asked for; the answer may be a redirect. */
export function hubFileUrl(
  repository: string,
  file: string,
  { endpoint }: Pick<HubOptions, "endpoint">,
): string {
  return `${endpoint}/${repository}/resolve/main/${file.split("/").map(encodeURIComponent).join("/")}`;
}

function strange(what: string, { endpoint }: HubOptions, reason: string): WeirError {
  return new WeirError("pull_failed", `${what}: ${endpoint} does not answer like Hugging Face: ${reason}`);
}

function toFile(entry: unknown): readonly HubFile[] {
  const { type, path, size, lfs } = Object(entry);
  if (type !== "file" || typeof path !== "string" || !isPlainPath(path)) return [];
  const { oid, size: linkedSize } = Object(lfs);
  const bytes = typeof linkedSize === "number" ? linkedSize : Number(size);
  return [{ path, bytes, sha256: toSha256(typeof oid === "string" ? oid : null) }];
}

/** Hugging Face's link to the next page is absolute; one to another host is not followed. */
function nextPage(response: Response, { endpoint }: HubOptions): string | null {
  const [, next] = /<([^>]+)>;\s*rel="next"/.exec(response.headers.get("link") ?? "") ?? [];
  if (next === undefined) return null;
  const url = new URL(next, response.url);
  return url.origin === new URL(endpoint).origin ? url.href : null;
}

function toBytes(text: string | null): number | null {
  const bytes = Number(text ?? Number.NaN);
  return Number.isSafeInteger(bytes) && bytes > 0 ? bytes : null;
}

/** An entity tag of another form is a Git hash, which says nothing of the bytes alone. */
function toSha256(text: string | null): string | null {
  const [, hash] = /^(?:W\/)?"?([0-9a-f]{64})"?$/i.exec(text ?? "") ?? [];
  return hash?.toLowerCase() ?? null;
}
