import path from "node:path";
import { nearestName } from "../config/nearest.js";
import { WeirError } from "../errors.js";
import { entriesOf } from "./folder.js";
import type { Manifest, ManifestVariant } from "./manifest.js";
import { readManifest } from "./manifest-file.js";

/** A variant of a manifest, found by a reference. */
export interface CatalogVariant {
  readonly manifest: Manifest;
  readonly name: string;
  readonly variant: ManifestVariant;
}

/** The manifests by name: those that come with Weir, and over them those of the models folder. */
export class Catalog {
  readonly #manifests: ReadonlyMap<string, Manifest>;
  /** What is wrong with files that were to be manifests, with file, line and column. */
  readonly skipped: readonly string[];

  /**
   * @param folders from the weakest to the strongest; one that is not there has none
   * @throws WeirError `invalid_argument`, where a folder can't be listed
   */
  constructor(folders: readonly string[]) {
    const manifests = new Map<string, Manifest>();
    const skipped: string[] = [];
    for (const folder of folders) {
      for (const file of yamlFiles(folder)) {
        const manifest = manifestOf(file, (why) => skipped.push(why));
        if (manifest !== null) manifests.set(manifest.name.toLowerCase(), manifest);
      }
    }
    this.#manifests = manifests;
    this.skipped = skipped;
  }

  list(): readonly Manifest[] {
    return [...this.#manifests.values()].sort((a, b) =>
      a.name.localeCompare(b.name, "en", { numeric: true }),
    );
  }

  /**
   * @param wanted null: the manifest's default
   * @throws WeirError `invalid_argument`, with the nearest name that there is
   */
  find(name: string, wanted: string | null): CatalogVariant {
    const manifest = this.#manifests.get(name.toLowerCase());
    if (manifest === undefined) {
      const names = this.list().map((one) => one.name);
      const { code, message } = unknown(`there is no model "${name}"`, name, names, "the models are");
      throw new WeirError(code, [message, ...this.skipped.map((why) => `skipped: ${why}`)].join("; "));
    }
    const names = Object.keys(manifest.variants);
    const found = names.find((one) => one.toLowerCase() === (wanted ?? manifest.default).toLowerCase());
    const variant = found === undefined ? undefined : manifest.variants[found];
    if (found === undefined || variant === undefined) {
      throw unknown(
        `${manifest.name} has no variant "${wanted}"`,
        wanted ?? "",
        names,
        "its variants are",
        `${manifest.name}:`,
      );
    }
    return { manifest, name: found, variant };
  }
}

/** Null where it is none: a settings file may have been put there by mistake, and is no fault of the models beside it. */
function manifestOf(file: string, onFault: (why: string) => void): Manifest | null {
  try {
    return readManifest(file);
  } catch (thrown) {
    if (!(thrown instanceof WeirError)) throw thrown;
    const why = `every .yaml file in ${path.dirname(file)} is read as the manifest of a model`;
    onFault(`${thrown.message}; ${why}, and other files belong elsewhere`);
    return null;
  }
}

function unknown(
  problem: string,
  wrong: string,
  names: readonly string[],
  list: string,
  prefix = "",
): WeirError {
  const nearest = nearestName(wrong, names);
  const guess = nearest === null ? "" : `; did you mean "${prefix}${nearest}"?`;
  return new WeirError("invalid_argument", `${problem}${guess || ";"} ${list} ${names.join(", ") || "none"}`);
}

function yamlFiles(folder: string): string[] {
  return entriesOf(folder)
    .map(({ name }) => name)
    .filter((name) => /\.ya?ml$/i.test(name))
    .sort()
    .map((name) => path.join(folder, name));
}
