import fs from "node:fs";
import path from "node:path";
import { entriesOf } from "./folder.js";
import { isLaterShard } from "./shards.js";

/** As deep as pulls put files: organisation, repository, a folder of a quantization. */
const mostDepth = 4;

/**
 * GGUF files below a folder, absolute and sorted; of split models the first parts.
 * What is not pulled to its end is none of them.
 *
 * @throws WeirError `invalid_argument`: the folder can't be listed
 */
export function localModels(folder: string): readonly string[] {
  return ggufFiles(folder, mostDepth).filter((file) => !isLaterShard(file));
}

function ggufFiles(folder: string, depth: number): readonly string[] {
  return entriesOf(folder)
    .filter(({ name }) => !name.startsWith("."))
    .sort((a, b) => a.name.localeCompare(b.name, "en", { numeric: true }))
    .flatMap((entry) => {
      const inner = path.join(folder, entry.name);
      if (isFolder(inner)) return depth > 0 && mayBeListed(inner) ? ggufFiles(inner, depth - 1) : [];
      return /\.gguf$/i.test(entry.name) ? [inner] : [];
    });
}

/** A folder of somebody else's, such as lost+found, has no models. */
function mayBeListed(folder: string): boolean {
  try {
    fs.accessSync(folder, fs.constants.R_OK | fs.constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Links are followed; one that leads nowhere is no folder. */
function isFolder(file: string): boolean {
  return fs.statSync(file, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
