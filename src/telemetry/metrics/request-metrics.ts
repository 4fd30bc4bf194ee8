import type { BucketCounts } from "../../engine/bucket-counts.js";
import { errorTable } from "../../errors.js";
import type { ModelMeasures } from "../measures.js";
import type { HistogramSample, MetricDefinition } from "../metric.js";
import type { Snapshot } from "../snapshot.js";

/** Of each model, by its name. */
function ofEach(pick: (measures: ModelMeasures) => BucketCounts) {
  return ({ measures }: Snapshot): HistogramSample[] =>
    [...measures.models].map(([model, own]) => ({ labels: { model }, buckets: pick(own).snapshot() }));
}

/** What clients see of their requests, measured on the main thread. */
export const requestMetrics: readonly MetricDefinition[] = [
  {
    name: "weir_time_to_first_token_seconds",
    type: "histogram",
    help: "From a request's arrival to the first text of an answer, streamed or not (TTFT)",
    unit: "seconds",
    labels: ["model"],
    vllm: "vllm:time_to_first_token_seconds",
    read: ofEach(({ ttftSeconds }) => ttftSeconds),
  },
  {
    name: "weir_inter_token_latency_seconds",
    type: "histogram",
    help: "Between two texts of an answer, as they are sent; a text is a token, unless it is part of a character or a stop string (ITL)",
    unit: "seconds",
    labels: ["model"],
    vllm: "vllm:inter_token_latency_seconds",
    read: ofEach(({ itlSeconds }) => itlSeconds),
  },
  {
    name: "weir_time_per_output_token_seconds",
    type: "histogram",
    help: "From an answer's first text to its end, divided by its tokens but one (TPOT); of answers that came to their own end",
    unit: "seconds",
    labels: ["model"],
    vllm: "vllm:request_time_per_output_token_seconds",
    read: ofEach(({ tpotSeconds }) => tpotSeconds),
  },
  {
    name: "weir_request_duration_seconds",
    type: "histogram",
    help: "From a request's arrival to the end of an answer, or of all its texts (E2EL); of those that came to their own end",
    unit: "seconds",
    labels: ["model"],
    vllm: "vllm:e2e_request_latency_seconds",
    read: ofEach(({ e2elSeconds }) => e2elSeconds),
  },
  {
    name: "weir_request_queue_seconds",
    type: "histogram",
    help: "Waiting in front of the gate and in the engine for a slot, together; of requests that came to their own end",
    unit: "seconds",
    labels: ["model"],
    vllm: "vllm:request_queue_time_seconds",
    read: ofEach(({ queueSeconds }) => queueSeconds),
  },
  {
    name: "weir_request_prepare_seconds",
    type: "histogram",
    help: "Rendering the chat template and tokenizing, the wait for a thread of the pool included; of requests that came to their own end",
    unit: "seconds",
    labels: ["model"],
    read: ofEach(({ prepareSeconds }) => prepareSeconds),
  },
  {
    name: "weir_request_prompt_seconds",
    type: "histogram",
    help: "From the slot to the first sampled token; of answers that came to their own end",
    unit: "seconds",
    labels: ["model"],
    vllm: "vllm:request_prefill_time_seconds",
    llamaServer: "llamacpp:prompt_seconds_total",
    read: ofEach(({ promptSeconds }) => promptSeconds),
  },
  {
    name: "weir_request_prompt_tokens",
    type: "histogram",
    help: "Tokens of the prompt; of requests that came to their own end",
    unit: "tokens",
    labels: ["model"],
    vllm: "vllm:request_prompt_tokens",
    read: ofEach(({ promptTokens }) => promptTokens),
  },
  {
    name: "weir_request_answer_tokens",
    type: "histogram",
    help: "Tokens of the answer, the one that ends it included; of answers that came to their own end",
    unit: "tokens",
    labels: ["model"],
    vllm: "vllm:request_generation_tokens",
    read: ofEach(({ answerTokens }) => answerTokens),
  },
  {
    name: "weir_requests_total",
    type: "counter",
    help: "Requests that were let in, by how they ended; one with several answers counts as often",
    unit: "requests",
    labels: ["model", "finish_reason"],
    vllm: "vllm:request_success_total",
    read: ({ measures }) =>
      [...measures.models].flatMap(([model, { finished }]) =>
        Object.entries(finished).map(([reason, value]) => ({
          labels: { model, finish_reason: reason },
          value,
        })),
      ),
  },
  {
    name: "weir_errors_total",
    type: "counter",
    help: "Errors that clients were told, before they were let in, after it, or in a stream: refusals (4xx, 503, 504) and failures (500)",
    unit: "requests",
    labels: ["code", "status"],
    read: ({ measures }) =>
      measures.errors.map(([code, value]) => ({
        labels: { code, status: String(errorTable[code].status) },
        value,
      })),
  },
];
