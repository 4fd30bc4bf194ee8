import fs from "node:fs";
import path from "node:path";
import { nearestName } from "../config/nearest.js";
import { WeirError } from "../errors.js";
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

  /**
   * @param folders from the weakest to the strongest; one that is not there has none
   * @throws WeirError `invalid_argument`, with file, line and column, where a manifest is wrong
   */
  constructor(folders: readonly string[]) {
    const manifests = new Map<string, Manifest>();
    for (const folder of folders) {
      for (const file of yamlFiles(folder)) {
        const manifest = manifestOf(file);
        manifests.set(manifest.name.toLowerCase(), manifest);
      }
    }
    this.#manifests = manifests;
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
      throw unknown(`there is no model "${name}"`, name, names, "the models are");
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

/** A settings file may have been put there by mistake: what it is read as is said too. */
function manifestOf(file: string): Manifest {
  try {
    return readManifest(file);
  } catch (thrown) {
    if (!(thrown instanceof WeirError)) throw thrown;
    const why = `every .yaml file in ${path.dirname(file)} is read as the manifest of a model`;
    throw new WeirError(thrown.code, `${thrown.message}; ${why}, and other files belong elsewhere`);
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
  const names = fs.existsSync(folder) ? fs.readdirSync(folder) : [];
  return names
    .filter((name) => /\.ya?ml$/i.test(name))
    .sort()
    .map((name) => path.join(folder, name));
}
