import { stat } from "node:fs/promises";
import path from "node:path";
import { messageOf, WeirError } from "../errors.js";
import type { GgufSource, GgufSummary } from "../llama/gguf-summary.js";
import { findHubFile, hubFileUrl } from "./hub.js";
import type { HubOptions } from "./hub-request.js";
import { kvBytes, kvValuesPerToken, toldCacheTypes } from "./kv-memory.js";
import type { Manifest, ManifestSampling } from "./manifest.js";
import { shardFiles } from "./shards.js";
import { type WantedModel, wantedFiles } from "./wanted-files.js";

/** What is told of a model before it is loaded. Null: whoever was asked does not say it. */
export interface Inspection {
  /** Who was asked: the file on this machine, the one where it is pulled from, or the manifest alone. */
  readonly from: "file" | "server" | "manifest";
  readonly at: string;
  readonly name: string | null;
  readonly architecture: string | null;
  readonly parameters: number | null;
  readonly quantization: string | null;
  readonly trainedContextTokens: number | null;
  readonly layers: number | null;
  readonly hasChatTemplate: boolean | null;
  readonly parts: number | null;
  readonly bytes: number | null;
  /** Bytes that 1,000 tokens of context take, by type of the KV cache. */
  readonly kvBytesPer1000Tokens: Readonly<Record<string, number>> | null;
  readonly sampling: ManifestSampling | null;
}

/** @throws WeirError `model_load_failed`: it is no GGUF, or a part of it is missing */
export async function inspectFile(file: string, manifest: Manifest | null): Promise<Inspection> {
  const summary = await summaryOf(file, { at: file });
  let bytes = 0;
  for (const part of shardFiles(file)) bytes += (await stat(part)).size;
  return toInspection("file", file, summary, bytes, manifest);
}

/** Reads the beginning of the file where it would be pulled from. @throws WeirError `pull_failed`, `model_load_failed` */
export async function inspectRemote(wanted: WantedModel, hub: HubOptions): Promise<Inspection> {
  const { repository, manifest } = wanted;
  const files = await wantedFiles(wanted, hub);
  let bytes = 0;
  for (const { name } of files) bytes += (await findHubFile(repository, name, hub)).bytes;
  const [first] = files;
  const at = `hf:${repository}/${first?.name}`;
  const url = hubFileUrl(repository, first?.name ?? "", hub);
  const headers: Record<string, string> = hub.token === null ? {} : { authorization: `Bearer ${hub.token}` };
  const summary = await summaryOf(at, { at: url, headers, signal: hub.signal });
  return toInspection("server", at, summary, bytes, manifest);
}

/** What can be said without asking anybody. */
export function inspectManifest(
  manifest: Manifest,
  { repository, files, quantization }: WantedModel,
): Inspection {
  const bytes = files?.reduce((sum, file) => sum + (file.bytes ?? Number.NaN), 0) ?? Number.NaN;
  return {
    from: "manifest",
    at: files === null ? `hf:${repository}:${quantization}` : `hf:${repository}/${files[0]?.name}`,
    name: manifest.description,
    architecture: null,
    parameters: null,
    quantization,
    trainedContextTokens: manifest["trained-context"],
    layers: manifest["kv-cache"].layers,
    hasChatTemplate: null,
    parts: files?.length ?? null,
    bytes: Number.isNaN(bytes) ? null : bytes,
    kvBytesPer1000Tokens: kvTable(kvValuesPerToken(manifest["kv-cache"])),
    sampling: manifest.sampling ?? null,
  };
}

async function summaryOf(what: string, source: GgufSource): Promise<GgufSummary> {
  // node-llama-cpp takes half a second to load, which no other command needs.
  const { readGgufSummary } = await import("../llama/gguf-summary.js");
  return readGgufSummary(source).catch((error: unknown) => {
    source.signal?.throwIfAborted();
    const reason = messageOf(error);
    throw new WeirError(
      "model_load_failed",
      `${path.basename(what)}: it can't be read as a GGUF: ${reason}`,
      { cause: error },
    );
  });
}

function toInspection(
  from: Inspection["from"],
  at: string,
  summary: GgufSummary,
  bytes: number,
  manifest: Manifest | null,
): Inspection {
  const { kvValuesPerToken: values, ...told } = summary;
  const kvBytesPer1000Tokens = values === null ? null : kvTable(values);
  return { from, at, ...told, bytes, kvBytesPer1000Tokens, sampling: manifest?.sampling ?? null };
}

function kvTable(valuesPerToken: number): Readonly<Record<string, number>> {
  return Object.fromEntries(toldCacheTypes.map((type) => [type, kvBytes(valuesPerToken, type, 1000)]));
}
