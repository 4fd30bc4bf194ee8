import { lstat, realpath, rm, rmdir } from "node:fs/promises";
import path from "node:path";
import { messageOf, WeirError } from "../errors.js";
import { recordPath } from "./pull-record.js";
import { shardFiles } from "./shards.js";

/** What would be removed of a model. */
export interface Removal {
  readonly files: readonly string[];
  readonly bytes: number;
}

/**
 * All parts of a model that are there.
 *
 * @throws WeirError `invalid_argument`: it is outside of the models folder, or there is nothing
 */
export async function planRemoval(file: string, modelsDir: string): Promise<Removal> {
  const files: string[] = [];
  let bytes = 0;
  for (const part of shardFiles(file)) {
    const there = await lstat(part).catch(() => null);
    if (there === null) continue;
    if (!there.isFile() && !there.isSymbolicLink())
      throw new WeirError("invalid_argument", `${part} is not a file`);
    await refuseOutside(part, modelsDir);
    files.push(part);
    bytes += there.size;
  }
  if (files.length === 0) throw new WeirError("invalid_argument", `${file}: there is no such file`);
  return { files, bytes };
}

/** Removes files, their records, and folders of the models folder that are empty then. */
export async function remove({ files }: Removal, modelsDir: string): Promise<void> {
  for (const file of files) {
    await rm(file).catch((error: unknown) => {
      throw new WeirError("invalid_argument", `${file} can't be removed: ${messageOf(error)}`, {
        cause: error,
      });
    });
    await rm(recordPath(file), { force: true });
    await removeEmptyFolders(path.dirname(file), modelsDir);
  }
}

/** A link in the folder may be removed; what it leads to may not. */
async function refuseOutside(file: string, modelsDir: string): Promise<void> {
  const folder = await realpath(path.dirname(file));
  const root = await realpath(modelsDir);
  if (folder === root || folder.startsWith(`${root}${path.sep}`)) return;
  throw new WeirError(
    "invalid_argument",
    `${file} is not in the models folder ${modelsDir}: remove it by hand`,
  );
}

async function removeEmptyFolders(folder: string, modelsDir: string): Promise<void> {
  let current = path.resolve(folder);
  const root = path.resolve(modelsDir);
  while (current.startsWith(`${root}${path.sep}`)) {
    // It is not empty, or somebody else was faster.
    const isGone = await rmdir(current).then(
      () => true,
      () => false,
    );
    if (!isGone) return;
    current = path.dirname(current);
  }
}
