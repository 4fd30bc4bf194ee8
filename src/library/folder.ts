import fs, { type Dirent } from "node:fs";
import { mkdir, stat } from "node:fs/promises";
import path from "node:path";
import { codeOf, fileFaultOf, WeirError } from "../errors.js";

/**
 * Makes a folder and those around it that are missing, one after the other: where a file system says ENOENT to every name, as
 * /proc does, Node.js 20 with `recursive` tries for ever, and in a thread that no signal ends.
 *
 * @throws WeirError `pull_failed`, with the folder that can't be made and why
 */
export async function makeFolder(folder: string): Promise<void> {
  const missing: string[] = [];
  for (let outer = path.resolve(folder); !(await isThere(outer)); outer = path.dirname(outer)) {
    missing.unshift(outer);
  }
  for (const inner of missing) {
    await mkdir(inner).catch((error: unknown) => {
      // Another process was faster.
      if (codeOf(error) !== "EEXIST") throw notMade(inner, error);
    });
  }
}

/** @throws WeirError where a file has the name of the folder, or it can't be told */
async function isThere(folder: string): Promise<boolean> {
  try {
    if ((await stat(folder)).isDirectory()) return true;
  } catch (error) {
    if (codeOf(error) === "ENOENT" || codeOf(error) === "ENOTDIR") return false;
    throw notMade(folder, error);
  }
  throw new WeirError("pull_failed", `${folder} is a file, and has to be a folder`);
}

function notMade(folder: string, error: unknown): WeirError {
  return new WeirError("pull_failed", `the folder ${folder} can't be made: ${fileFaultOf(error)}`, {
    cause: error,
  });
}

/**
 * What lies in a folder of models; nothing where there is none.
 *
 * @throws WeirError `invalid_argument`: it is a file, or may not be read
 */
export function entriesOf(folder: string): readonly Dirent[] {
  try {
    return fs.readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    if (codeOf(error) === "ENOENT") return [];
    const reason = codeOf(error) === "ENOTDIR" ? "it, or a folder around it, is a file" : fileFaultOf(error);
    throw new WeirError("invalid_argument", `the folder of models ${folder} can't be listed: ${reason}`, {
      cause: error,
    });
  }
}
