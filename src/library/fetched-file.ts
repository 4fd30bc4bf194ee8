import { open, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { WeirError } from "../errors.js";
import { DownloadInterrupted, downloadFile } from "../llama/model-download.js";
import { bytesText } from "./disk-space.js";
import { sha256Of } from "./file-hash.js";
import { makeFolder } from "./folder.js";
import { findHubFile, type HubSource } from "./hub.js";
import type { HubOptions } from "./hub-request.js";
import type { ManifestFile } from "./manifest.js";
import { type PullRecord, writeRecord } from "./pull-record.js";

/** A file that is not there yet, where its beginning is kept, and where it goes. */
export interface MissingFile {
  readonly repository: string;
  readonly wanted: ManifestFile;
  readonly source: HubSource;
  readonly staging: string;
  readonly target: string;
}

/** Bytes of this file. */
export type FileProgress = (phase: "pulling" | "checking", bytes: number) => void;

/** In the staging folder; node-llama-cpp's downloader appends `.ipull` until the file is whole. */
export const stagedName = "model.gguf";

/** Tries in a row that bring no byte. */
const mostTries = 3;

/**
 * Downloads a file, compares it with what it must be, and gives it its name: nobody ever finds a part of it there.
 *
 * @throws WeirError `pull_failed`; the signal's reason. What has arrived is kept for the next time, unless it is wrong.
 */
export async function fetchFile(
  file: MissingFile,
  hub: HubOptions,
  onProgress: FileProgress,
  onRetry: (reason: string) => void,
): Promise<void> {
  const { staging, target, repository, wanted } = file;
  const staged = path.join(staging, stagedName);
  await keepOnlyTheSame(file);
  let isOneRun = await downloadAll(file, hub, onProgress, onRetry);
  let record = await checked(file, staged, hub, onProgress);
  if (record === null && !isOneRun) {
    // Put together of several connections, or of earlier pulls: what was kept may be what is wrong.
    onRetry("it is not what it must be, and it is fetched again from its beginning");
    await emptied(staging);
    isOneRun = await downloadAll(file, hub, onProgress, onRetry);
    record = await checked(file, staged, hub, onProgress);
  }
  if (record === null) {
    await emptied(staging);
    throw new WeirError(
      "pull_failed",
      `hf:${repository}/${wanted.name}: what ${hub.endpoint} sends has not ${whatItMustHave(file)}: it was removed; try again, and if it stays so the server's file is damaged`,
    );
  }
  await synced(staged);
  await makeFolder(path.dirname(target));
  await writeRecord(target, record);
  await rename(staged, target);
}

/** True where it came in one go. */
async function downloadAll(
  file: MissingFile,
  hub: HubOptions,
  onProgress: FileProgress,
  onRetry: (reason: string) => void,
): Promise<boolean> {
  const { repository, wanted, staging } = file;
  const { bytes } = file.source;
  const hadBeginning = (await open(path.join(staging, `${stagedName}.ipull`)).catch(() => null)) ?? null;
  await hadBeginning?.close();
  let source = file.source;
  let isOneRun = hadBeginning === null;
  let most = 0;
  for (let tries = 1; ; tries++) {
    try {
      await downloadFile(taskOf(source, staging, hub), {
        bytes,
        stallMs: hub.timeoutMs,
        signal: hub.signal,
        onProgress: (now) => onProgress("pulling", now),
      });
      return isOneRun;
    } catch (error) {
      if (!(error instanceof DownloadInterrupted)) throw error;
      if (error.bytes > most) tries = 1;
      most = Math.max(most, error.bytes);
      const what = `hf:${repository}/${wanted.name}`;
      const where = `the download has stopped at ${bytesText(most)} of ${bytesText(bytes)}: ${error.message}`;
      if (error.kind === "final") throw new WeirError("pull_failed", `${what}: ${where}`, { cause: error });
      if (tries === mostTries) {
        const text = `${what}: ${where}, ${mostTries} times; the same command goes on from there`;
        throw new WeirError("pull_failed", text, { cause: error });
      }
      isOneRun = false;
      if (error.kind === "idle") continue;
      onRetry(where);
      // Where no checksum tells a wrong beginning, there is none to go on from.
      if (expectedHash(file) === null) await emptied(staging);
      await sleep(hub.retryDelayMs * 2 ** (tries - 1), undefined, { signal: hub.signal });
      // The link to the storage may have run out.
      source = await findHubFile(repository, wanted.name, hub);
    }
  }
}

function taskOf({ url, isEndpoint }: HubSource, folder: string, { token }: HubOptions) {
  const headers: Record<string, string> =
    isEndpoint && token !== null ? { authorization: `Bearer ${token}` } : {};
  // Otherwise the downloader fetches all parts of a split model at once, into files of their names.
  const alone = url.replace(/-(\d{5}-of-\d{5}\.gguf)/i, "%2D$1");
  return { url: alone, headers, folder, file: stagedName };
}

/** Null where the file is not what it must be. */
async function checked(
  file: MissingFile,
  staged: string,
  hub: HubOptions,
  onProgress: FileProgress,
): Promise<PullRecord | null> {
  const sha256 = await sha256Of(staged, (bytes) => onProgress("checking", bytes), hub.signal);
  const expected = expectedHash(file);
  if (expected !== null && sha256 !== expected) return null;
  // A body without a length may end anywhere.
  if ((await stat(staged)).size !== file.source.bytes) return null;
  return recordOf(file, hub, sha256);
}

/** Of a file that is what it must be. */
export function recordOf(
  { repository, wanted, source }: MissingFile,
  { endpoint }: HubOptions,
  sha256: string,
): PullRecord {
  return {
    source: `hf:${repository}/${wanted.name}`,
    endpoint,
    bytes: source.bytes,
    sha256,
    comparedWith: wanted.sha256 !== undefined ? "manifest" : source.sha256 === null ? "nothing" : "server",
    isRepositoryDefault: false,
    pulledAt: new Date().toISOString(),
  };
}

/** Null where nobody tells it. */
export function expectedHash({ wanted, source }: MissingFile): string | null {
  return wanted.sha256 ?? source.sha256;
}

function whatItMustHave(file: MissingFile): string {
  const expected = expectedHash(file);
  return expected === null
    ? `the ${file.source.bytes} bytes that it must have`
    : `the SHA-256 that it must have, ${expected}`;
}

/** The beginning of another file of this name, or of one that no checksum can tell, is none of this one. */
async function keepOnlyTheSame(file: MissingFile): Promise<void> {
  await makeFolder(file.staging);
  const identity = JSON.stringify({ bytes: file.source.bytes, sha256: expectedHash(file) });
  const note = path.join(file.staging, "source.json");
  const earlier = await readFile(note, "utf8").catch(() => null);
  if (earlier === identity && expectedHash(file) !== null) return;
  await emptied(file.staging);
  await writeFile(note, identity);
}

async function emptied(staging: string): Promise<void> {
  for (const name of [stagedName, `${stagedName}.ipull`]) await rm(path.join(staging, name), { force: true });
}

async function synced(file: string): Promise<void> {
  const handle = await open(file, "r+");
  await handle.sync().finally(() => handle.close());
}
