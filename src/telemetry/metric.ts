import type { BucketSnapshot } from "../engine/bucket-counts.js";
import { modelStates, type Snapshot, serverStates } from "./snapshot.js";

/** Every label that a metric may have, and the values that it takes. None comes from a client's text, so all are bounded. */
export const labelMeanings = {
  model: "the name that clients use",
  lane: "`answers`, `vectors` or `texts` (`/tokenize` and the like)",
  finish_reason: "`stop`, `length`, `cancelled`, `error`",
  code: "an error's code, see [api.md](api.md#errors)",
  status: "the HTTP status of that code",
  kind: "of a step: `decode`, `prompt`, `mixed`; of a model: `generation`, `embedding`, `rerank`",
  pass: "`decode` or `prompt`",
  state: `of the server: ${listed(serverStates)}; of a model: ${listed(modelStates)}; of a slot: \`idle\`, \`prompt\`, \`decode\``,
  holder: "`running`: requests; `idle`: what ended requests left, which gives way",
  device: "llama.cpp's name of a buffer type: `CPU`, `CUDA0`",
  use: "`weights`, `context` (the KV cache), `compute`",
  file: "the GGUF's name without its folder",
  llama_cpp: "the release of llama.cpp",
  version: "of Weir",
} as const;

function listed(values: readonly string[]): string {
  return values.map((value) => `\`${value}\``).join(", ");
}

export type LabelName = keyof typeof labelMeanings;

export interface Sample {
  readonly labels?: Partial<Record<LabelName, string>>;
  readonly value: number;
}

export interface HistogramSample {
  readonly labels: Partial<Record<LabelName, string>>;
  readonly buckets: BucketSnapshot;
}

interface MetricDescription {
  /** Prometheus's conventions: base units in the name, `_total` for counters. */
  readonly name: string;
  /** One sentence. */
  readonly help: string;
  readonly unit: "seconds" | "tokens" | "bytes" | "requests" | "ratio" | "1";
  readonly labels: readonly LabelName[];
  /** The names of the same in other servers, or of what comes nearest. */
  readonly vllm?: string;
  readonly llamaServer?: string;
}

/** A metric, and where its values are. Pure: nothing is counted here. */
export type MetricDefinition = MetricDescription &
  (
    | { readonly type: "counter" | "gauge"; readonly read: (snapshot: Snapshot) => readonly Sample[] }
    | { readonly type: "histogram"; readonly read: (snapshot: Snapshot) => readonly HistogramSample[] }
  );
