import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { parseModelReference } from "../config/model-reference.js";
import { WeirError } from "../errors.js";
import { Catalog } from "./catalog.js";
import { bytesText } from "./disk-space.js";
import type { HubOptions } from "./hub-request.js";
import { localModels } from "./local-models.js";
import type { ManifestSampling } from "./manifest.js";
import { type PulledModel, pulledPath, pullModel } from "./pull.js";
import type { PullProgress } from "./pull-progress.js";
import { isRepositoryDefault } from "./pull-record.js";
import { isProjector, quantizationOf, shardFiles } from "./shards.js";
import { usualQuantization, type WantedModel, wantedModel } from "./wanted-files.js";

/** The models and manifests of the installation, where a fresh clone has its echo model too. */
export const packageModelsDir = fileURLToPath(new URL("../../models", import.meta.url));

/** A model's file on this machine. */
export interface LocatedModel {
  /** Absolute; of a split model the first part. */
  readonly path: string;
  /** What the manifest says of sampling; null for a path, `hf:`, and where it says nothing. */
  readonly sampling: ManifestSampling | null;
}

/** A folder of models, and what manifests and references call them. */
export class ModelLibrary {
  readonly modelsDir: string;
  readonly #onSkipped: (why: string) => void;
  #catalog: Catalog | null = null;

  /**
   * @param modelsDir null: the installation's
   * @param onSkipped a file of the folder was to be a manifest, and is none
   */
  constructor(modelsDir: string | null, onSkipped: (why: string) => void = () => {}) {
    this.modelsDir = path.resolve(modelsDir ?? packageModelsDir);
    this.#onSkipped = onSkipped;
  }

  /**
   * Read when it is first asked for: a path needs no manifests.
   *
   * @throws WeirError `invalid_argument`, where the folder can't be listed
   */
  get catalog(): Catalog {
    if (this.#catalog === null) {
      this.#catalog = new Catalog([...new Set([packageModelsDir, this.modelsDir])]);
      for (const why of this.#catalog.skipped) this.#onSkipped(why);
    }
    return this.#catalog;
  }

  /** @throws WeirError `invalid_argument`: there is no such folder */
  refuseMissingFolder(): void {
    if (fs.existsSync(this.modelsDir)) return;
    throw new WeirError(
      "invalid_argument",
      `there is no folder of models ${this.modelsDir}: weir models pull makes it`,
    );
  }

  /** @throws WeirError `invalid_argument` */
  wanted(reference: string): WantedModel {
    return wantedModel(reference, this.catalog);
  }

  /**
   * Where a model lies that was pulled, or that a path names.
   *
   * @throws WeirError `invalid_argument`: there is no such manifest or variant; `model_not_pulled`, with the command that does it;
   * `model_load_failed`: a part of a split model is missing
   */
  locate(text: string): LocatedModel {
    if (parseModelReference(text)?.kind === "path") {
      const file = path.resolve(text);
      refuseMissingParts(file, text);
      return { path: file, sampling: null };
    }
    const wanted = this.wanted(text);
    const file = this.pulledFile(wanted);
    if (file === null) throw this.#notPulled(text, wanted);
    refuseMissingParts(file, text);
    return { path: file, sampling: wanted.manifest?.sampling ?? null };
  }

  /** True for a reference whose file, or a part of it, is not here. */
  mustBePulled(text: string): boolean {
    if (parseModelReference(text)?.kind === "path") return false;
    const file = this.pulledFile(this.wanted(text));
    return file === null || shardFiles(file).some((part) => !fs.existsSync(part));
  }

  /** The first file of a model that lies in the folder; null where it does not. */
  pulledFile({ repository, files, quantization }: WantedModel): string | null {
    const [named] = files ?? [];
    if (named !== undefined) {
      const file = pulledPath(this.modelsDir, repository, named.name);
      return fs.existsSync(file) ? file : null;
    }
    const folder = path.join(this.modelsDir, repository);
    const here = localModels(folder).filter((file) => !isProjector(path.relative(folder, file)));
    const asked = (quantization ?? usualQuantization).toUpperCase();
    const found = here.find((file) => quantizationOf(file) === asked);
    if (found !== undefined || quantization !== null) return found ?? null;
    // That only one of a repository's models lies here does not make it the only one that the repository has.
    const [only = null] = here.length === 1 ? here : [];
    if (only !== null && quantizationOf(only) === null) return only;
    return here.find(isRepositoryDefault) ?? null;
  }

  /** @throws WeirError `pull_failed`, `invalid_argument`; the signal's reason */
  pull(reference: string, hub: HubOptions, progress: PullProgress): Promise<PulledModel> {
    return pullModel(this.wanted(reference), this.modelsDir, hub, progress);
  }

  #notPulled(text: string, { files }: WantedModel): WeirError {
    const bytes = files?.reduce((sum, file) => sum + (file.bytes ?? Number.NaN), 0) ?? Number.NaN;
    const size = Number.isNaN(bytes) ? "it" : `its ${bytesText(bytes)}`;
    const folder = this.modelsDir === packageModelsDir ? "" : ` --models-dir ${this.modelsDir}`;
    return new WeirError(
      "model_not_pulled",
      `${text} is not in ${this.modelsDir}: weir models pull ${text}${folder} fetches ${size}, and weir serve --pull does so before it serves`,
    );
  }
}

/** llama.cpp would say which file it can't open only after it has read the others. */
function refuseMissingParts(file: string, text: string): void {
  const parts = shardFiles(file);
  const [first = file] = parts;
  // A file that is no part is told of by whoever opens it.
  if (parts.length === 1) return;
  const missing = parts.filter((part) => !fs.existsSync(part));
  if (missing.length > 0) {
    const names = missing.map((part) => path.basename(part)).join(", ");
    const isPath = parseModelReference(text)?.kind === "path";
    const remedy = isPath ? "all parts lie beside each other" : `weir models pull ${text} brings them`;
    const problem = `of its ${parts.length} parts ${missing.length} are missing: ${names}`;
    throw new WeirError("model_load_failed", `${text}: ${problem}; ${remedy}`);
  }
  if (first !== file) {
    throw new WeirError(
      "model_load_failed",
      `${text} is a later part of a split model: name its first one, ${first}`,
    );
  }
}
