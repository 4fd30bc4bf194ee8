import type { EmbeddingCounters, GenerationCounters } from "../../engine/engine-counters.js";
import type { EngineStats, SlotStatus } from "../../engine/stats.js";
import type { MetricDefinition, Sample } from "../metric.js";
import type { ModelSnapshot, Snapshot } from "../snapshot.js";

function ofGenerating(read: (engine: GenerationCounters, model: ModelSnapshot) => readonly Sample[]) {
  return ({ models }: Snapshot): Sample[] =>
    models.flatMap((model) =>
      model.engine?.kind === "generation" ? withModel(model, read(model.engine, model)) : [],
    );
}

function ofEmbedding(read: (engine: EmbeddingCounters) => readonly Sample[]) {
  return ({ models }: Snapshot): Sample[] =>
    models.flatMap((model) =>
      model.engine?.kind === "embedding" ? withModel(model, read(model.engine)) : [],
    );
}

function withModel({ name: model }: ModelSnapshot, samples: readonly Sample[]): Sample[] {
  return samples.map(({ labels, value }) => ({ labels: { model, ...labels }, value }));
}

function counter(pick: (stats: EngineStats) => number) {
  return ofGenerating(({ stats }) => [{ value: pick(stats) }]);
}

function slotsIn(table: readonly SlotStatus[], state: SlotStatus["state"]): number {
  return table.filter((slot) => slot.state === state).length;
}

/** Tokens in slots that run, or in those that are idle. */
function tokensOf(table: readonly SlotStatus[], isIdle: boolean): number {
  return table.reduce((sum, slot) => sum + ((slot.state === "idle") === isIdle ? slot.cachedTokens : 0), 0);
}

/** What the engines' threads count, asked at every scrape. A model's go on when its instances come and go. */
export const engineMetrics: readonly MetricDefinition[] = [
  {
    name: "weir_engine_running_requests",
    type: "gauge",
    help: "Answers in a slot: their prompt is computed, or they are",
    unit: "requests",
    labels: ["model"],
    vllm: "vllm:num_requests_running",
    llamaServer: "llamacpp:requests_processing",
    read: counter(({ running }) => running),
  },
  {
    name: "weir_engine_waiting_requests",
    type: "gauge",
    help: "Answers that are prepared and wait for a slot, or for somebody who computes the same beginning",
    unit: "requests",
    labels: ["model"],
    vllm: "vllm:num_requests_waiting",
    llamaServer: "llamacpp:requests_deferred",
    read: counter(({ waiting }) => waiting),
  },
  {
    name: "weir_slots",
    type: "gauge",
    help: "Slots by what they do; their sum is --parallel, those that are not idle are in use",
    unit: "1",
    labels: ["model", "state"],
    llamaServer: "llamacpp:requests_processing",
    read: ofGenerating(({ slotTable }) =>
      (["idle", "prompt", "decode"] as const).map((state) => ({
        labels: { state },
        value: slotsIn(slotTable, state),
      })),
    ),
  },
  {
    name: "weir_kv_cache_tokens",
    type: "gauge",
    help: "Tokens in the slots' KV cache, by who holds them",
    unit: "tokens",
    labels: ["model", "holder"],
    vllm: "vllm:kv_cache_usage_perc (holder running, over the capacity)",
    read: ofGenerating(({ slotTable }) => [
      { labels: { holder: "running" }, value: tokensOf(slotTable, false) },
      { labels: { holder: "idle" }, value: tokensOf(slotTable, true) },
    ]),
  },
  {
    name: "weir_kv_cache_capacity_tokens",
    type: "gauge",
    help: "Tokens that the slots have room for: --parallel × --ctx-size",
    unit: "tokens",
    labels: ["model"],
    vllm: "vllm:cache_config_info (num_gpu_blocks × block_size)",
    read: ofGenerating((_, { capacityTokens }) => [{ value: capacityTokens }]),
  },
  {
    name: "weir_saved_prefixes",
    type: "gauge",
    help: "Prefixes in host memory (--cache-ram)",
    unit: "1",
    labels: ["model"],
    read: counter(({ savedPrefixes }) => savedPrefixes),
  },
  {
    name: "weir_saved_prefixes_bytes",
    type: "gauge",
    help: "Host memory that they take",
    unit: "bytes",
    labels: ["model"],
    read: counter(({ savedBytes }) => savedBytes),
  },
  {
    name: "weir_prompt_tokens_total",
    type: "counter",
    help: "Prompt tokens of the requests that got a slot, all of which are looked up in the prefix index; of texts that were embedded or ranked",
    unit: "tokens",
    labels: ["model"],
    vllm: "vllm:prompt_tokens_total, vllm:prefix_cache_queries_total",
    llamaServer: "llamacpp:prompt_tokens_total (without those that were found in a cache)",
    read: (snapshot) => [
      ...counter(({ promptTokens }) => promptTokens)(snapshot),
      ...ofEmbedding(({ stats }) => [{ value: stats.computedTokens }])(snapshot),
    ],
  },
  {
    name: "weir_prefix_hit_tokens_total",
    type: "counter",
    help: "Of those, the tokens that were found in a slot or in host memory and not computed again",
    unit: "tokens",
    labels: ["model"],
    vllm: "vllm:prefix_cache_hits_total",
    read: counter(({ reusedTokens }) => reusedTokens),
  },
  {
    name: "weir_completion_tokens_total",
    type: "counter",
    help: "Sampled tokens, counted as they come",
    unit: "tokens",
    labels: ["model"],
    vllm: "vllm:generation_tokens_total",
    llamaServer: "llamacpp:tokens_predicted_total",
    read: counter(({ sampledTokens }) => sampledTokens),
  },
  {
    name: "weir_step_duration_seconds",
    type: "histogram",
    help: "Whole steps of the engine; its _count is the number of steps of that kind",
    unit: "seconds",
    labels: ["model", "kind"],
    vllm: "vllm:iteration_tokens_total (in tokens)",
    read: ({ models }) =>
      models.flatMap(({ name: model, engine }) =>
        engine?.kind === "generation"
          ? Object.entries(engine.stepSeconds).map(([kind, buckets]) => ({
              labels: { model, kind },
              buckets,
            }))
          : [],
      ),
  },
  {
    name: "weir_backend_seconds_total",
    type: "counter",
    help: "Of the steps' time, what llama.cpp and sampling took; the rest is the engine's own work",
    unit: "seconds",
    labels: ["model"],
    llamaServer: "llamacpp:prompt_seconds_total + llamacpp:tokens_predicted_seconds_total",
    read: counter(({ backendMs }) => backendMs / 1000),
  },
  {
    name: "weir_rows_total",
    type: "counter",
    help: "Rows of prompts and of answers that were computed, padding not counted",
    unit: "tokens",
    labels: ["model", "pass"],
    read: ofGenerating(({ stats }) => [
      { labels: { pass: "decode" }, value: stats.decodeRows },
      { labels: { pass: "prompt" }, value: stats.promptRows },
    ]),
  },
  {
    name: "weir_padding_rows_total",
    type: "counter",
    help: "Rows that filled a hole between slots or a group of rows, and meant nothing",
    unit: "tokens",
    labels: ["model"],
    read: counter(({ paddingRows }) => paddingRows),
  },
  {
    name: "weir_graphs_total",
    type: "counter",
    help: "Graph evaluations that the passes come to; where one of decode is more than one a decode pass, slots have holes",
    unit: "1",
    labels: ["model", "pass"],
    llamaServer: "llamacpp:n_decode_total",
    read: ofGenerating(({ stats }) => [
      { labels: { pass: "decode" }, value: stats.decodeGraphs },
      { labels: { pass: "prompt" }, value: stats.promptGraphs },
    ]),
  },
  {
    name: "weir_decode_passes_total",
    type: "counter",
    help: "Decode passes: every step that has answers to go on with",
    unit: "1",
    labels: ["model"],
    llamaServer: "llamacpp:n_decode_total (llamacpp:n_busy_slots_per_decode is rows over passes)",
    read: counter(({ decodeSteps }) => decodeSteps),
  },
  {
    name: "weir_sequence_moves_total",
    type: "counter",
    help: "Answers that went on in another slot, to close a hole",
    unit: "1",
    labels: ["model"],
    read: counter(({ sequenceMoves }) => sequenceMoves),
  },
  {
    name: "weir_prefix_copies_total",
    type: "counter",
    help: "Prefixes that were copied out of another slot",
    unit: "1",
    labels: ["model"],
    read: counter(({ prefixCopies }) => prefixCopies),
  },
  {
    name: "weir_prefix_restores_total",
    type: "counter",
    help: "Prefixes that were copied out of host memory",
    unit: "1",
    labels: ["model"],
    read: counter(({ prefixRestores }) => prefixRestores),
  },
  {
    name: "weir_engine_waiting_texts",
    type: "gauge",
    help: "Texts to embed or rank that are in no batch yet",
    unit: "1",
    labels: ["model"],
    vllm: "vllm:num_requests_waiting",
    read: ofEmbedding(({ stats }) => [{ value: stats.waitingTexts }]),
  },
  {
    name: "weir_texts_total",
    type: "counter",
    help: "Texts that were embedded or ranked",
    unit: "1",
    labels: ["model"],
    read: ofEmbedding(({ stats }) => [{ value: stats.computedTexts }]),
  },
  {
    name: "weir_text_batches_total",
    type: "counter",
    help: "Batches that they were computed in",
    unit: "1",
    labels: ["model"],
    read: ofEmbedding(({ stats }) => [{ value: stats.batches }]),
  },
  {
    name: "weir_engine_report_age_seconds",
    type: "gauge",
    help: "How long ago the engine answered, whose numbers these are; 0: this scrape. A long step, or a dead engine, lets it grow",
    unit: "seconds",
    labels: ["model"],
    read: ({ models }) =>
      models.map(({ name: model, engineAgeSeconds: value }) => ({ labels: { model }, value })),
  },
];
