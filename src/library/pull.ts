import { rm, stat } from "node:fs/promises";
import path from "node:path";
import { WeirError } from "../errors.js";
import { bytesOnDisk, bytesText, checkDiskSpace } from "./disk-space.js";
import { expectedHash, fetchFile, type MissingFile, recordOf, stagedName } from "./fetched-file.js";
import { sha256Of } from "./file-hash.js";
import { makeFolder } from "./folder.js";
import { findHubFile, type HubSource } from "./hub.js";
import type { HubOptions } from "./hub-request.js";
import type { ManifestFile } from "./manifest.js";
import { withPullLock } from "./pull-lock.js";
import type { PullProgress } from "./pull-progress.js";
import { readRecord, writeRecord } from "./pull-record.js";
import { type WantedModel, wantedFiles } from "./wanted-files.js";

/** A model that lies in the models folder as a whole. */
export interface PulledModel {
  /** What llama.cpp is given: of a split model the first part. */
  readonly path: string;
  readonly bytes: number;
  /** Of these, how many were there already. */
  readonly files: number;
  readonly keptFiles: number;
}

/** Where pulls that have not ended keep what they have, below the models folder. */
export const stagingFolder = ".pulls";

/** Where a file of a repository lies when it was pulled. */
export function pulledPath(modelsDir: string, repository: string, file: string): string {
  return path.join(modelsDir, repository, file);
}

/**
 * Brings all files of a model into the models folder: each is fetched, compared with its checksum, and only then there.
 *
 * @throws WeirError `pull_failed`, `invalid_argument`; the signal's reason
 */
export async function pullModel(
  model: WantedModel,
  modelsDir: string,
  hub: HubOptions,
  progress: PullProgress,
): Promise<PulledModel> {
  const { repository } = model;
  await makeFolder(modelsDir);
  const files = await wantedFiles(model, hub);
  const missing: MissingFile[] = [];
  let keptBytes = 0;
  for (const wanted of files) {
    const target = pulledPath(modelsDir, repository, wanted.name);
    const kept = await bytesOf(target, wanted);
    if (kept === null) missing.push(await missingFile(repository, wanted, modelsDir, hub));
    else keptBytes += kept;
  }
  const total = missing.reduce((bytes, { source }) => bytes + source.bytes, keptBytes);
  await checkRoom(missing, modelsDir, `hf:${repository}`);
  let before = keptBytes;
  const onWait = (holder: string): void => progress.onWait(holder);
  const onRetry = (reason: string): void => progress.onRetry(reason);
  for (const [index, file] of missing.entries()) {
    progress.onFile(file.wanted.name, index, missing.length);
    const onProgress = (phase: "pulling" | "checking", bytes: number): void =>
      progress.onBytes(phase, before + bytes, total);
    await withPullLock(`${file.staging}.lock`, hub.signal, onWait, async () => {
      // Whoever was waited for has pulled it.
      if ((await bytesOf(file.target, file.wanted)) !== null) return;
      if (await adopted(file, hub, onProgress)) return;
      await fetchFile(file, hub, onProgress, onRetry);
      await rm(file.staging, { recursive: true, force: true });
    });
    before += file.source.bytes;
  }
  const [first] = files;
  if (first === undefined) throw new Error("a model has one file at least");
  const path = pulledPath(modelsDir, repository, first.name);
  if (model.files === null && model.quantization === null) await noteDefault(path);
  return {
    path,
    bytes: total,
    files: files.length,
    keptFiles: files.length - missing.length,
  };
}

/** The repository's name alone finds the file from now on, without asking for its listing. */
async function noteDefault(file: string): Promise<void> {
  const record = await readRecord(file);
  if (record !== null && !record.isRepositoryDefault)
    await writeRecord(file, { ...record, isRepositoryDefault: true });
}

/** Null where the file is not there, or is not known to be what was wanted. */
async function bytesOf(target: string, { bytes, sha256 }: ManifestFile): Promise<number | null> {
  const there = await stat(target).catch(() => null);
  const record = await readRecord(target);
  if (there === null || record === null || there.size !== record.bytes) return null;
  const isOther = (bytes ?? there.size) !== there.size || (sha256 ?? record.sha256) !== record.sha256;
  return isOther ? null : there.size;
}

async function missingFile(
  repository: string,
  wanted: ManifestFile,
  modelsDir: string,
  hub: HubOptions,
): Promise<MissingFile> {
  const source = await findHubFile(repository, wanted.name, hub);
  refuseOther(repository, wanted, source);
  const staging = path.join(modelsDir, stagingFolder, `${repository}/${wanted.name}`.replaceAll("/", "--"));
  return { repository, wanted, source, staging, target: pulledPath(modelsDir, repository, wanted.name) };
}

/** The repository may have another file under this name by now. */
function refuseOther(repository: string, { name, bytes, sha256 }: ManifestFile, source: HubSource): void {
  const what = `hf:${repository}/${name}`;
  const remedy = `correct the manifest, or pull ${what} without it`;
  if (bytes !== undefined && bytes !== source.bytes) {
    throw new WeirError(
      "pull_failed",
      `${what} has ${source.bytes} bytes, and not the ${bytes} that it should have: ${remedy}`,
    );
  }
  if (sha256 !== undefined && source.sha256 !== null && sha256 !== source.sha256) {
    throw new WeirError(
      "pull_failed",
      `${what} has the SHA-256 ${source.sha256}, and not ${sha256}, which it should have: ${remedy}`,
    );
  }
}

async function checkRoom(missing: readonly MissingFile[], modelsDir: string, what: string): Promise<void> {
  let bytes = 0;
  for (const { source, staging } of missing) {
    const staged = await bytesOnDisk(path.join(staging, `${stagedName}.ipull`));
    bytes += Math.max(0, source.bytes - staged);
  }
  await checkDiskSpace(modelsDir, bytes, what);
}

/** A file that somebody has put there without a pull becomes one that was pulled, where it is the same. */
async function adopted(
  file: MissingFile,
  hub: HubOptions,
  onProgress: (phase: "checking", bytes: number) => void,
): Promise<boolean> {
  const { target, wanted, source, repository } = file;
  const there = await stat(target).catch(() => null);
  if (there === null) return false;
  const expected = expectedHash(file);
  const sha256 = await sha256Of(target, (bytes) => onProgress("checking", bytes), hub.signal);
  if (there.size !== source.bytes || (expected !== null && sha256 !== expected)) {
    throw new WeirError(
      "pull_failed",
      `${target} is there, and is not hf:${repository}/${wanted.name}: it has ${bytesText(there.size)} and the SHA-256 ${sha256}; remove it with weir models rm ${target}`,
    );
  }
  await writeRecord(target, recordOf(file, hub, sha256));
  return true;
}
