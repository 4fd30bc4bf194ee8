import type { BigIntStats } from "node:fs";
import { stat } from "node:fs/promises";

interface StampedFile {
  readonly path: string;
  readonly stamp: string;
}

interface CheckedModel {
  readonly files: readonly StampedFile[];
  /** See content-digest.ts. */
  readonly digest: string;
}

/** Models whose files were found good, each file with its stamp. */
class CheckedFiles {
  readonly #models = new Map<string, CheckedModel>();

  /** Whether the model was found good and none of its files has changed. */
  async hold(modelPath: string): Promise<boolean> {
    const model = this.#models.get(modelPath);
    if (model === undefined) return false;
    for (const { path, stamp } of model.files) {
      const found = await stat(path, { bigint: true }).catch(() => null);
      if (found === null || stampOf(found) !== stamp) return false;
    }
    return true;
  }

  add(modelPath: string, files: readonly StampedFile[], digest: string): void {
    this.#models.set(modelPath, { files: files.map(({ path, stamp }) => ({ path, stamp })), digest });
  }

  /** Of the model as it was when it was found good; the empty text where it was never looked at. */
  digestOf(modelPath: string): string {
    return this.#models.get(modelPath)?.digest ?? "";
  }
}

/** A start asks twice, before it opens anything and when it loads: reading a vocabulary again takes some tenths of a second. */
export const checkedFiles = new CheckedFiles();

/** What changes when a file does. */
export function stampOf({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): string {
  return [dev, ino, size, mtimeNs, ctimeNs].join(" ");
}
