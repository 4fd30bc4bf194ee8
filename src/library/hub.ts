import { isPlainPath } from "../config/model-reference.js";
import { WeirError } from "../errors.js";
import { askHub, type HubAnswer, type HubOptions, isAtEndpoint } from "./hub-request.js";

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

/**
 * The repository's files, with sizes and checksums: `/api/models/<repository>/tree/main`.
 *
 * @throws WeirError `pull_failed`
 */
export async function listHubFiles(repository: string, options: HubOptions): Promise<readonly HubFile[]> {
  const files: HubFile[] = [];
  let url: string | null = `${options.endpoint}/api/models/${repository}/tree/main?recursive=true`;
  for (let page = 0; url !== null; page++) {
    if (page === mostPages)
      throw strange(repository, options, `its listing has more than ${mostPages} pages`);
    const answer: ListingPage = await listingPage(url, repository, options);
    const listed = parsed(answer.text);
    if (!Array.isArray(listed)) throw strange(repository, options, "its listing is no list of files");
    files.push(...listed.flatMap(toFile));
    url = nextPage(answer, options);
  }
  return files;
}

interface ListingPage extends HubAnswer {
  /** Where it was found. */
  readonly url: string;
}

/** A repository that was renamed redirects to its new name. */
async function listingPage(first: string, repository: string, options: HubOptions): Promise<ListingPage> {
  let url = first;
  for (let redirects = 0; redirects <= mostRedirects; redirects++) {
    const answer = await askHub("GET", url, `hf:${repository}`, options);
    if (answer.location === null) return { ...answer, url };
    url = answer.location;
    if (!isAtEndpoint(url, options))
      throw strange(repository, options, `its listing is at another server, ${new URL(url).origin}`);
  }
  throw strange(repository, options, `it redirects more than ${mostRedirects} times`);
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
  let linked: FileFacts | null = null;
  for (let redirects = 0; redirects <= mostRedirects; redirects++) {
    const { headers, location } = await askHub("HEAD", url, what, options);
    linked ??= factsOf(headers, "x-linked-size");
    url = location ?? url;
    const isElsewhere = !isAtEndpoint(url, options);
    if (location !== null && (linked === null || !isElsewhere)) continue;
    const facts = linked ?? factsOf(headers, "content-length");
    if (facts === null) throw strange(what, options, "it does not say how large the file is");
    if (isElsewhere || options.token === null) return { ...facts, url, isEndpoint: !isElsewhere };
    return { ...facts, ...(await placeOfBytes(url, what, options)) };
  }
  throw strange(what, options, `it redirects more than ${mostRedirects} times`);
}

type FileFacts = Pick<HubSource, "bytes" | "sha256">;

/** Null where the size is not told. */
function factsOf(headers: Headers, sizeHeader: string): FileFacts | null {
  const bytes = toBytes(headers.get(sizeHeader));
  const sha256 = toSha256(headers.get("x-linked-etag") ?? headers.get("etag"));
  return bytes === null ? null : { bytes, sha256 };
}

/** A server that answers a HEAD itself may redirect a GET to a storage, which the token must not go to. */
async function placeOfBytes(
  first: string,
  what: string,
  options: HubOptions,
): Promise<Pick<HubSource, "url" | "isEndpoint">> {
  let url = first;
  for (let redirects = 0; redirects <= mostRedirects; redirects++) {
    const { location } = await askHub("first byte", url, what, options);
    if (location === null) return { url, isEndpoint: true };
    url = location;
    if (!isAtEndpoint(url, options)) return { url, isEndpoint: false };
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
function nextPage({ headers, url }: ListingPage, options: HubOptions): string | null {
  const [, next] = /<([^>]+)>;\s*rel="next"/.exec(headers.get("link") ?? "") ?? [];
  if (next === undefined) return null;
  const { href } = new URL(next, url);
  return isAtEndpoint(href, options) ? href : null;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
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
