import { stat, statfs } from "node:fs/promises";
import { WeirError } from "../errors.js";

/** For what the file system keeps of a file beside its bytes, and the records. */
const marginBytes = 2 ** 20;

/** @throws WeirError `pull_failed` where the folder's disk has less room than this */
export async function checkDiskSpace(folder: string, bytes: number, what: string): Promise<void> {
  const { bavail, bsize, blocks } = await statfs(folder);
  // Some network file systems don't say.
  if (blocks === 0) return;
  const free = bavail * bsize;
  if (bytes + marginBytes <= free) return;
  throw new WeirError(
    "pull_failed",
    `${what}: ${bytesText(bytes)} are to be pulled, and ${folder} has room for ${bytesText(free)}: make room, or name another folder with --models-dir`,
  );
}

/** What of a file is on the disk, holes left out; 0 where it is not there. */
export async function bytesOnDisk(file: string): Promise<number> {
  const { blocks = 0 } = (await stat(file).catch(() => null)) ?? {};
  return blocks * 512;
}

/** `19.8 GB`, as in model cards: a GB is 10⁹ bytes. */
export function bytesText(bytes: number): string {
  const units = ["bytes", "kB", "MB", "GB", "TB"];
  const power = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(1, bytes)) / 3)));
  return power === 0 ? `${bytes} bytes` : `${(bytes / 1000 ** power).toFixed(1)} ${units[power]}`;
}
