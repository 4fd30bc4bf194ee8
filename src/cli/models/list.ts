import fs from "node:fs";
import path from "node:path";
import { bytesText } from "../../library/disk-space.js";
import { localModels } from "../../library/local-models.js";
import type { ModelLibrary } from "../../library/model-library.js";
import { quantizationOf, shardFiles } from "../../library/shards.js";
import { type Column, textTable } from "../text-table.js";

/** A variant of a manifest, or a file that none names. */
export interface ListedModel {
  /** What `--model` takes. */
  readonly reference: string;
  readonly description: string;
  readonly quantization: string | null;
  readonly isDefault: boolean;
  /** `hf:Qwen/Qwen3-32B-GGUF`; null for a file of no manifest. */
  readonly repository: string | null;
  /** Of what is there, otherwise of what would be pulled; null where the manifest does not say it. */
  readonly bytes: number | null;
  readonly isPulled: boolean;
  readonly path: string | null;
}

const columns: readonly Column[] = [
  { title: "model", align: "left" },
  { title: "size", align: "right" },
  { title: "pulled", align: "left" },
  { title: "where", align: "left" },
];

export function listModels(library: ModelLibrary): readonly ListedModel[] {
  const variants = library.catalog.list().flatMap((manifest) =>
    Object.entries(manifest.variants).map(([quantization, { repository, files }]): ListedModel => {
      const reference = `${manifest.name}:${quantization}`;
      const file = library.pulledFile(library.wanted(reference));
      const bytes = files?.reduce((sum, { bytes }) => sum + (bytes ?? Number.NaN), 0) ?? Number.NaN;
      return {
        reference,
        description: manifest.description,
        quantization,
        isDefault: quantization === manifest.default,
        repository: `hf:${repository}`,
        bytes: file === null ? (Number.isNaN(bytes) ? null : bytes) : bytesOf(file),
        isPulled: file !== null,
        path: file,
      };
    }),
  );
  const named = new Set(variants.map(({ path: file }) => file));
  const others = localModels(library.modelsDir).filter((file) => !named.has(file));
  return [...variants, ...others.map((file) => toFile(file, library.modelsDir))];
}

export function listText(models: readonly ListedModel[], modelsDir: string): string {
  const rows = models.map(({ reference, isDefault, bytes, isPulled, path: file, repository }) => [
    `${reference}${isDefault ? " *" : ""}`,
    bytes === null ? "" : bytesText(bytes),
    isPulled ? "yes" : "",
    file === null ? (repository ?? "") : path.relative(modelsDir, file),
  ]);
  return `${textTable(columns, rows)}\n\n* what the name alone stands for. Pulled models are in ${modelsDir}\n`;
}

function toFile(file: string, modelsDir: string): ListedModel {
  return {
    reference: hubReference(path.relative(modelsDir, file)) ?? file,
    description: "",
    quantization: quantizationOf(file),
    isDefault: false,
    repository: null,
    bytes: bytesOf(file),
    isPulled: true,
    path: file,
  };
}

/** Below an organisation and a repository lies what `hf:` has pulled. */
function hubReference(relative: string): string | null {
  return relative.split(path.sep).length > 2 ? `hf:${relative.split(path.sep).join("/")}` : null;
}

/** Of all its parts that are there. */
function bytesOf(file: string): number {
  const sizes = shardFiles(file).map((part) => fs.statSync(part, { throwIfNoEntry: false })?.size ?? 0);
  return sizes.reduce((sum, size) => sum + size, 0);
}
