import { parseModelReference, referenceForms } from "../config/model-reference.js";
import { nearestName } from "../config/nearest.js";
import { WeirError } from "../errors.js";
import type { Catalog } from "./catalog.js";
import { type HubFile, listHubFiles } from "./hub.js";
import type { HubOptions } from "./hub-request.js";
import type { Manifest, ManifestFile } from "./manifest.js";
import { isLaterShard, isProjector, quantizationOf, shardFiles } from "./shards.js";

/** What `hf:org/repository` means where the repository has several. */
export const usualQuantization = "Q4_K_M";

/** What a reference names on a Hugging Face. */
export interface WantedModel {
  readonly repository: string;
  /** Null: the repository's listing has to be asked for the quantization. */
  readonly files: readonly ManifestFile[] | null;
  readonly quantization: string | null;
  /** Null for `hf:`. */
  readonly manifest: Manifest | null;
}

/**
 * @throws WeirError `invalid_argument`: a path, no reference at all, or a name that no manifest has
 */
export function wantedModel(text: string, catalog: Catalog): WantedModel {
  const reference = parseModelReference(text);
  if (reference === null) throw new WeirError("invalid_argument", `${text}: expected ${referenceForms}`);
  if (reference.kind === "path") {
    throw new WeirError("invalid_argument", `${text} is a path: expected a reference, ${referenceForms}`);
  }
  if (reference.kind === "hub") {
    const { repository, quantization, file } = reference;
    const files = file === null ? null : shardFiles(file).map((name) => ({ name }));
    return { repository, files, quantization, manifest: null };
  }
  const { manifest, name, variant } = catalog.find(reference.name, reference.variant);
  return { repository: variant.repository, files: variant.files ?? null, quantization: name, manifest };
}

/**
 * The files of a model, looked up in the repository's listing where nothing else says them.
 *
 * @throws WeirError `pull_failed`; `invalid_argument`: the repository has no such quantization, with those that it has
 */
export async function wantedFiles(model: WantedModel, hub: HubOptions): Promise<readonly ManifestFile[]> {
  if (model.files !== null) return model.files;
  const { repository, quantization } = model;
  const listed = await listHubFiles(repository, hub);
  const models = listed.filter(
    ({ path }) => /\.gguf$/i.test(path) && !isLaterShard(path) && !isProjector(path),
  );
  const first =
    models.length === 1 && quantization === null
      ? models[0]
      : fileOf(models, quantization ?? usualQuantization);
  if (first === undefined) throw noQuantization(repository, quantization, models);
  return shardFiles(first.path).map((name) => toManifestFile(name, listed, repository));
}

function fileOf(files: readonly HubFile[], quantization: string): HubFile | undefined {
  return files.find(({ path }) => quantizationOf(path) === quantization.toUpperCase());
}

function toManifestFile(name: string, listed: readonly HubFile[], repository: string): ManifestFile {
  const file = listed.find(({ path }) => path === name);
  if (file === undefined) {
    throw new WeirError(
      "pull_failed",
      `hf:${repository}: the part ${name} of the model is missing in the repository`,
    );
  }
  return { name, bytes: file.bytes, ...(file.sha256 === null ? {} : { sha256: file.sha256 }) };
}

function noQuantization(repository: string, wanted: string | null, files: readonly HubFile[]): WeirError {
  if (files.length === 0) {
    return new WeirError(
      "invalid_argument",
      `hf:${repository} has no GGUF files; repositories of GGUF files often end in -GGUF`,
    );
  }
  const names = [...new Set(files.flatMap(({ path }) => quantizationOf(path) ?? []))];
  const nearest = wanted === null ? null : nearestName(wanted, names);
  const problem = wanted === null ? "has several models" : `has no quantization "${wanted}"`;
  const guess = nearest === null ? "" : ` did you mean "hf:${repository}:${nearest}"?`;
  const list = names.length === 0 ? files.map(({ path }) => path) : names;
  return new WeirError("invalid_argument", `hf:${repository} ${problem};${guess} it has ${list.join(", ")}`);
}
