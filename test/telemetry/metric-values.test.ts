import assert from "node:assert/strict";
import { test } from "node:test";
import { BucketCounts } from "#weir/engine/bucket-counts.js";
import { emptyStats, type SlotStatus } from "#weir/engine/stats.js";
import { Measures } from "#weir/telemetry/measures.js";
import { metricGroups } from "#weir/telemetry/metric-list.js";
import { MetricRegistry } from "#weir/telemetry/metric-registry.js";
import type { ModelSnapshot, Snapshot } from "#weir/telemetry/snapshot.js";
import { MetricText } from "../support/metric-text.js";

// A number of its own for everything that a snapshot has: no metric can read another one's.

const device = { device: "CUDA0", modelBytes: 101, contextBytes: 102, computeBytes: 103 };
const lane = { lane: "answers", places: 104, busy: 105, waiting: 106, waitingTokens: 107 };

function slot(state: SlotStatus["state"], cachedTokens: number): SlotStatus {
  return { slot: 0, state, cachedTokens, request: null };
}

function seconds(sum: number): ReturnType<BucketCounts["snapshot"]> {
  const counts = new BucketCounts([1]);
  counts.add(sum);
  return counts.snapshot();
}

const stats = Object.fromEntries(Object.keys(emptyStats()).map((field, at) => [field, 201 + at]));
const basics = {
  state: "ready",
  fileName: "m.gguf",
  llamaCppRelease: "v1",
  capacityTokens: 110,
  memory: [device],
  cacheUse: new Map([["CUDA0", 111]]),
  lanes: [{ ...lane, queueSize: 108, queueTokens: 109 }],
  engineAgeSeconds: 112,
} as const;

const generator: ModelSnapshot = {
  ...basics,
  name: "m",
  kind: "generation",
  engine: {
    kind: "generation",
    slotTable: [slot("idle", 113), slot("prompt", 114), slot("decode", 115)],
    stats: { ...emptyStats(), ...stats },
    stepSeconds: { decode: seconds(116), prompt: seconds(117), mixed: seconds(118) },
  },
};

const embedder: ModelSnapshot = {
  ...basics,
  name: "e",
  kind: "embedding",
  engine: {
    kind: "embedding",
    stats: { batches: 119, computedTexts: 120, computedTokens: 121, waitingTexts: 122 },
  },
};

const measures = new Measures();
measures.countError("queue_full");
const measured = measures.ofModel("m");
const histograms = {
  weir_time_to_first_token_seconds: measured.ttftSeconds,
  weir_inter_token_latency_seconds: measured.itlSeconds,
  weir_time_per_output_token_seconds: measured.tpotSeconds,
  weir_request_duration_seconds: measured.e2elSeconds,
  weir_request_queue_seconds: measured.queueSeconds,
  weir_request_prepare_seconds: measured.prepareSeconds,
  weir_request_prompt_seconds: measured.promptSeconds,
  weir_request_prompt_tokens: measured.promptTokens,
  weir_request_answer_tokens: measured.answerTokens,
};
for (const [at, histogram] of Object.values(histograms).entries()) histogram.add(301 + at);
measured.finished.cancelled = 310;

const snapshot: Snapshot = {
  version: "1.2.3",
  state: "unhealthy",
  progress: 0.123,
  models: [generator, embedder],
  measures,
  connections: { open: 124, max: 125 },
  eventLoop: { p50Seconds: 126, p99Seconds: 127, maxSeconds: 128, activeSeconds: 129 },
};

const ofStats: Readonly<Record<string, number | undefined>> = stats;
const statOf = (field: keyof ReturnType<typeof emptyStats>): number => ofStats[field] ?? Number.NaN;
const m = { model: "m" };
const e = { model: "e" };

const expected: readonly (readonly [name: string, labels: Record<string, string>, value: number])[] = [
  ...Object.keys(histograms).map((name, at) => [`${name}_sum`, m, 301 + at] as const),
  ["weir_requests_total", { ...m, finish_reason: "cancelled" }, 310],
  ["weir_errors_total", { code: "queue_full", status: "429" }, 1],
  ["weir_gate_places", { ...m, lane: "answers" }, 104],
  ["weir_gate_places_used", { ...m, lane: "answers" }, 105],
  ["weir_gate_waiting_requests", { ...m, lane: "answers" }, 106],
  ["weir_gate_waiting_tokens", { ...m, lane: "answers" }, 107],
  ["weir_gate_waiting_requests_limit", { ...m, lane: "answers" }, 108],
  ["weir_gate_waiting_tokens_limit", { ...m, lane: "answers" }, 109],
  ["weir_engine_running_requests", m, statOf("running")],
  ["weir_engine_waiting_requests", m, statOf("waiting")],
  ["weir_slots", { ...m, state: "prompt" }, 1],
  ["weir_kv_cache_tokens", { ...m, holder: "idle" }, 113],
  ["weir_kv_cache_tokens", { ...m, holder: "running" }, 114 + 115],
  ["weir_kv_cache_capacity_tokens", m, 110],
  ["weir_saved_prefixes", m, statOf("savedPrefixes")],
  ["weir_saved_prefixes_bytes", m, statOf("savedBytes")],
  ["weir_prompt_tokens_total", m, statOf("promptTokens")],
  ["weir_prompt_tokens_total", e, 121],
  ["weir_prefix_hit_tokens_total", m, statOf("reusedTokens")],
  ["weir_completion_tokens_total", m, statOf("sampledTokens")],
  ["weir_step_duration_seconds_sum", { ...m, kind: "decode" }, 116],
  ["weir_step_duration_seconds_sum", { ...m, kind: "prompt" }, 117],
  ["weir_step_duration_seconds_sum", { ...m, kind: "mixed" }, 118],
  ["weir_backend_seconds_total", m, statOf("backendMs") / 1000],
  ["weir_rows_total", { ...m, pass: "decode" }, statOf("decodeRows")],
  ["weir_rows_total", { ...m, pass: "prompt" }, statOf("promptRows")],
  ["weir_padding_rows_total", m, statOf("paddingRows")],
  ["weir_graphs_total", { ...m, pass: "decode" }, statOf("decodeGraphs")],
  ["weir_graphs_total", { ...m, pass: "prompt" }, statOf("promptGraphs")],
  ["weir_decode_passes_total", m, statOf("decodeSteps")],
  ["weir_sequence_moves_total", m, statOf("sequenceMoves")],
  ["weir_prefix_copies_total", m, statOf("prefixCopies")],
  ["weir_prefix_restores_total", m, statOf("prefixRestores")],
  ["weir_engine_waiting_texts", e, 122],
  ["weir_texts_total", e, 120],
  ["weir_text_batches_total", e, 119],
  ["weir_engine_report_age_seconds", m, 112],
  ["weir_info", { version: "1.2.3" }, 1],
  ["weir_model_info", { ...m, kind: "generation", file: "m.gguf", llama_cpp: "v1" }, 1],
  ["weir_server_state", { state: "unhealthy" }, 1],
  ["weir_model_state", { ...m, state: "ready" }, 1],
  ["weir_model_load_ratio", {}, 0.123],
  ["weir_device_memory_bytes", { ...m, device: "CUDA0", use: "weights" }, 101],
  ["weir_device_memory_bytes", { ...m, device: "CUDA0", use: "context" }, 102],
  ["weir_device_memory_bytes", { ...m, device: "CUDA0", use: "compute" }, 103],
  ["weir_kv_cache_used_bytes", { ...m, device: "CUDA0" }, 111],
  ["weir_connections", {}, 124],
  ["weir_connections_limit", {}, 125],
  ["weir_event_loop_delay_p50_seconds", {}, 126],
  ["weir_event_loop_delay_p99_seconds", {}, 127],
  ["weir_event_loop_delay_max_seconds", {}, 128],
  ["weir_event_loop_active_seconds_total", {}, 129],
];

const text = new MetricText(await new MetricRegistry().text(snapshot));

for (const [name, labels, value] of expected) {
  test(`${name}${JSON.stringify(labels)} is its own part of the snapshot`, () => {
    assert.equal(text.value(name, labels), value);
  });
}

test("every metric has its value tested", () => {
  const tested = new Set(expected.map(([name]) => name.replace(/_sum$/, "")));
  const untested = metricGroups.flatMap(({ metrics }) => metrics).filter(({ name }) => !tested.has(name));
  assert.deepEqual(
    untested.map(({ name }) => name),
    [],
  );
});
