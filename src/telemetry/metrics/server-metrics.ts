import type { MetricDefinition } from "../metric.js";
import { modelStates, serverStates } from "../snapshot.js";

/** The process and its models. */
export const serverMetrics: readonly MetricDefinition[] = [
  {
    name: "weir_info",
    type: "gauge",
    help: "Always 1; the version is a label",
    unit: "1",
    labels: ["version"],
    read: ({ version }) => [{ labels: { version }, value: 1 }],
  },
  {
    name: "weir_model_info",
    type: "gauge",
    help: "Always 1; what is served",
    unit: "1",
    labels: ["model", "kind", "file", "llama_cpp"],
    vllm: "vllm:cache_config_info",
    read: ({ models }) =>
      models.map(({ name: model, kind, fileName: file, llamaCppRelease }) => ({
        labels: { model, kind, file, llama_cpp: llamaCppRelease },
        value: 1,
      })),
  },
  {
    name: "weir_server_state",
    type: "gauge",
    help: "1 for the state that /health goes by, that of all models together, 0 for the others",
    unit: "1",
    labels: ["state"],
    read: (snapshot) =>
      serverStates.map((state) => ({ labels: { state }, value: snapshot.state === state ? 1 : 0 })),
  },
  {
    name: "weir_model_state",
    type: "gauge",
    help: "1 for the state that the model is in, 0 for the others",
    unit: "1",
    labels: ["model", "state"],
    read: ({ models }) =>
      models.flatMap(({ name: model, state: own }) =>
        modelStates.map((state) => ({ labels: { model, state }, value: own === state ? 1 : 0 })),
      ),
  },
  {
    name: "weir_model_load_ratio",
    type: "gauge",
    help: "How much of the model is loaded, 0 to 1",
    unit: "ratio",
    labels: [],
    read: ({ progress, state }) => [{ value: state === "ready" ? 1 : progress }],
  },
  {
    name: "weir_device_memory_bytes",
    type: "gauge",
    help: "What llama.cpp has allocated for what is loaded, by device and use",
    unit: "bytes",
    labels: ["model", "device", "use"],
    read: ({ models }) =>
      models.flatMap(({ name: model, memory }) =>
        memory.flatMap(({ device, modelBytes, contextBytes, computeBytes }) => [
          { labels: { model, device, use: "weights" }, value: modelBytes },
          { labels: { model, device, use: "context" }, value: contextBytes },
          { labels: { model, device, use: "compute" }, value: computeBytes },
        ]),
      ),
  },
  {
    name: "weir_kv_cache_used_bytes",
    type: "gauge",
    help: "Of the KV cache on a device, what the tokens take that slots hold; the rest of it is allocated and empty",
    unit: "bytes",
    labels: ["model", "device"],
    vllm: "vllm:kv_cache_usage_perc (over weir_device_memory_bytes of use context)",
    read: ({ models }) =>
      models.flatMap(({ name: model, cacheUse }) =>
        [...cacheUse].map(([device, value]) => ({ labels: { model, device }, value })),
      ),
  },
  {
    name: "weir_connections",
    type: "gauge",
    help: "Open connections, over all addresses",
    unit: "1",
    labels: [],
    read: ({ connections }) => [{ value: connections.open }],
  },
  {
    name: "weir_connections_limit",
    type: "gauge",
    help: "How many may be open (--max-connections); 0: any number",
    unit: "1",
    labels: [],
    read: ({ connections }) => [{ value: connections.max }],
  },
  {
    name: "weir_event_loop_delay_p50_seconds",
    type: "gauge",
    help: "How late the main thread came to a timer in the last 30 to 60 seconds, median",
    unit: "seconds",
    labels: [],
    read: ({ eventLoop }) => [{ value: eventLoop.p50Seconds }],
  },
  {
    name: "weir_event_loop_delay_p99_seconds",
    type: "gauge",
    help: "The same, 99th percentile",
    unit: "seconds",
    labels: [],
    read: ({ eventLoop }) => [{ value: eventLoop.p99Seconds }],
  },
  {
    name: "weir_event_loop_delay_max_seconds",
    type: "gauge",
    help: "The longest of these delays",
    unit: "seconds",
    labels: [],
    read: ({ eventLoop }) => [{ value: eventLoop.maxSeconds }],
  },
  {
    name: "weir_event_loop_active_seconds_total",
    type: "counter",
    help: "Time that the main thread's event loop worked; near a second a second it is the bottleneck",
    unit: "seconds",
    labels: [],
    read: ({ eventLoop }) => [{ value: eventLoop.activeSeconds }],
  },
];
