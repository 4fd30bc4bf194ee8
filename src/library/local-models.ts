import fs from "node:fs";
import path from "node:path";
import { isLaterShard } from "./shards.js";

/** As deep as pulls put files: organisation, repository, a folder of a quantization. */
const mostDepth = 4;

/** GGUF files below a folder, absolute and sorted; of split models the first parts. What is not pulled to its end is none of them. */
export function localModels(folder: string): readonly string[] {
  return ggufFiles(folder, mostDepth).filter((file) => !isLaterShard(file));
}

function ggufFiles(folder: string, depth: number): readonly string[] {
  const entries = fs.existsSync(folder) ? fs.readdirSync(folder, { withFileTypes: true }) : [];
  return entries
    .filter(({ name }) => !name.startsWith("."))
    .sort((a, b) => a.name.localeCompare(b.name, "en", { numeric: true }))
    .flatMap((entry) => {
      const inner = path.join(folder, entry.name);
      if (isFolder(inner)) return depth > 0 ? ggufFiles(inner, depth - 1) : [];
      return /\.gguf$/i.test(entry.name) ? [inner] : [];
    });
}

/** Links are followed; one that leads nowhere is no folder. */
function isFolder(file: string): boolean {
  return fs.statSync(file, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
