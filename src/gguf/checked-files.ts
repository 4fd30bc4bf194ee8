import type { BigIntStats } from "node:fs";
import { stat } from "node:fs/promises";

/** Models whose files were found good, each file with its stamp. */
class CheckedFiles {
  readonly #models = new Map<string, ReadonlyMap<string, string>>();

  /** Whether the model was found good and none of its files has changed. */
  async hold(modelPath: string): Promise<boolean> {
    const files = this.#models.get(modelPath);
    if (files === undefined) return false;
    for (const [file, stamp] of files) {
      const found = await stat(file, { bigint: true }).catch(() => null);
      if (found === null || stampOf(found) !== stamp) return false;
    }
    return true;
  }

  add(modelPath: string, files: readonly { path: string; stamp: string }[]): void {
    this.#models.set(modelPath, new Map(files.map(({ path, stamp }) => [path, stamp])));
  }
}

/** A start asks twice, before it opens anything and when it loads: reading a vocabulary again takes some tenths of a second. */
export const checkedFiles = new CheckedFiles();

/** What changes when a file does. */
export function stampOf({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): string {
  return [dev, ino, size, mtimeNs, ctimeNs].join(" ");
}
