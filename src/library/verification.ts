import { stat } from "node:fs/promises";
import { messageOf } from "../errors.js";
import { sha256Of } from "./file-hash.js";
import { readRecord } from "./pull-record.js";
import { shardFiles } from "./shards.js";

/** How a file compares with what was recorded when it was pulled. */
export interface VerifiedFile {
  readonly file: string;
  readonly verdict: "right" | "damaged" | "missing" | "unrecorded";
  /** What is wrong, in words; empty where nothing is. */
  readonly reason: string;
}

/** All parts of a model. @throws what the file system says; the signal's reason */
export async function verifyModel(
  file: string,
  onProgress: (file: string, bytes: number, total: number) => void,
  signal: AbortSignal,
): Promise<readonly VerifiedFile[]> {
  const verified: VerifiedFile[] = [];
  for (const part of shardFiles(file)) verified.push(await verifyFile(part, onProgress, signal));
  return verified;
}

async function verifyFile(
  file: string,
  onProgress: (file: string, bytes: number, total: number) => void,
  signal: AbortSignal,
): Promise<VerifiedFile> {
  const there = await stat(file).catch(() => null);
  if (there === null) return { file, verdict: "missing", reason: "it is not there" };
  const record = await readRecord(file);
  if (record === null) {
    return { file, verdict: "unrecorded", reason: "it was not pulled: there is nothing to compare it with" };
  }
  if (there.size !== record.bytes) {
    const reason = `it has ${there.size} bytes, and had ${record.bytes} when it was pulled`;
    return { file, verdict: "damaged", reason };
  }
  let sha256: string;
  try {
    sha256 = await sha256Of(file, (bytes) => onProgress(file, bytes, there.size), signal);
  } catch (error) {
    signal.throwIfAborted();
    return { file, verdict: "damaged", reason: `it can't be read: ${messageOf(error)}` };
  }
  if (sha256 !== record.sha256) {
    return {
      file,
      verdict: "damaged",
      reason: `its SHA-256 is ${sha256}, and was ${record.sha256} when it was pulled`,
    };
  }
  return { file, verdict: "right", reason: "" };
}
