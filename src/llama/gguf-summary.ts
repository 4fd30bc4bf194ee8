import { type GgufFileInfo, GgufFileType, readGgufFileInfo } from "node-llama-cpp";
import { noOtherToken } from "./hub-tokens.js";

/** What a GGUF says of itself. */
export interface GgufSummary {
  readonly architecture: string;
  readonly name: string | null;
  /** Weights. */
  readonly parameters: number;
  /** As llama.cpp's file types are called: `Q4_K_M`. Null where it is none of them. */
  readonly quantization: string | null;
  readonly trainedContextTokens: number | null;
  readonly layers: number | null;
  /** Values of the KV cache a token, keys and values together; null where the file does not say it. */
  readonly kvValuesPerToken: number | null;
  readonly hasChatTemplate: boolean;
  /** Files that it is split into. */
  readonly parts: number;
}

export interface GgufSource {
  /** A path, or the address of a server that takes ranges. */
  readonly at: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/** Of a remote file only the beginning is fetched, which takes some megabytes for the vocabulary. */
const networkRetries = { retries: 2, minTimeout: 200, maxTimeout: 1000 };

/** @throws Error of node-llama-cpp's reader where it is no GGUF, or has no end */
export async function readGgufSummary({ at, headers = {}, signal }: GgufSource): Promise<GgufSummary> {
  const info = await readGgufFileInfo(at, {
    sourceType: /^https?:/.test(at) ? "network" : "filesystem",
    // By the Fetch standard authorization does not follow a redirect to another origin.
    fetchHeaders: { ...headers },
    tokens: noOtherToken,
    fetchRetryOptions: networkRetries,
    logWarnings: false,
    ...(signal === undefined ? {} : { signal }),
  });
  const { general, tokenizer } = info.metadata;
  const { block_count, context_length } = info.architectureMetadata;
  return {
    architecture: general.architecture,
    name: general.name ?? null,
    parameters: parametersOf(info),
    quantization: quantizationOf(general.file_type),
    trainedContextTokens: context_length ?? null,
    layers: block_count ?? null,
    kvValuesPerToken: kvValuesPerToken(info),
    hasChatTemplate: typeof tokenizer?.chat_template === "string",
    parts: info.splicedParts,
  };
}

function parametersOf({ fullTensorInfo }: GgufFileInfo): number {
  const sizes = (fullTensorInfo ?? []).map(({ dimensions }) =>
    dimensions.reduce((product: number, length) => product * Number(length), 1),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

function quantizationOf(fileType: number | undefined): string | null {
  const name: unknown = fileType === undefined ? undefined : GgufFileType[fileType];
  return typeof name === "string" ? name.replace(/^(MOSTLY|ALL)_/, "") : null;
}

/** Layers may differ in their heads: the file then has a list. */
function kvValuesPerToken({ architectureMetadata }: GgufFileInfo): number | null {
  const { block_count: layers, embedding_length: width, attention } = architectureMetadata;
  const heads = attention?.head_count;
  const perHead = typeof heads === "number" && width !== undefined ? width / heads : undefined;
  const keyLength = attention?.key_length ?? perHead;
  const valueLength = attention?.value_length ?? perHead;
  const kvHeads = attention?.head_count_kv ?? heads;
  if (layers === undefined || keyLength === undefined || valueLength === undefined || kvHeads === undefined)
    return null;
  const allHeads = Array.isArray(kvHeads)
    ? kvHeads.reduce((sum: number, one) => sum + Number(one), 0)
    : Number(kvHeads) * layers;
  return allHeads * (Number(keyLength) + Number(valueLength));
}
