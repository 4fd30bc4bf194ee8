import type { MetricDefinition, Sample } from "../metric.js";
import type { LaneFill, Snapshot } from "../snapshot.js";

function ofEachLane(pick: (lane: LaneFill) => number) {
  return ({ models }: Snapshot): Sample[] =>
    models.flatMap(({ name: model, lanes }) =>
      lanes.map((lane) => ({ labels: { model, lane: lane.lane }, value: pick(lane) })),
    );
}

/** Who waits in front of the gate, and who is behind it. */
export const gateMetrics: readonly MetricDefinition[] = [
  {
    name: "weir_gate_waiting_requests",
    type: "gauge",
    help: "Requests that wait in front of the gate; nothing of them is rendered yet",
    unit: "requests",
    labels: ["model", "lane"],
    vllm: "vllm:num_requests_waiting",
    llamaServer: "llamacpp:requests_deferred",
    read: ofEachLane(({ waiting }) => waiting),
  },
  {
    name: "weir_gate_waiting_tokens",
    type: "gauge",
    help: "Tokens of their prompts, estimated",
    unit: "tokens",
    labels: ["model", "lane"],
    read: ofEachLane(({ waitingTokens }) => waitingTokens),
  },
  {
    name: "weir_gate_waiting_requests_limit",
    type: "gauge",
    help: "How many may wait (--queue-size)",
    unit: "requests",
    labels: ["model", "lane"],
    read: ofEachLane(({ queueSize }) => queueSize),
  },
  {
    name: "weir_gate_waiting_tokens_limit",
    type: "gauge",
    help: "How many tokens their prompts may have (--queue-tokens)",
    unit: "tokens",
    labels: ["model", "lane"],
    read: ofEachLane(({ queueTokens }) => queueTokens),
  },
  {
    name: "weir_gate_places",
    type: "gauge",
    help: "Places behind the gate: as many as slots and a quarter more, two at least",
    unit: "requests",
    labels: ["model", "lane"],
    read: ofEachLane(({ places }) => places),
  },
  {
    name: "weir_gate_places_used",
    type: "gauge",
    help: "Answers or texts that were let in and have not ended: being prepared, waiting for a slot, running",
    unit: "requests",
    labels: ["model", "lane"],
    read: ofEachLane(({ busy }) => busy),
  },
];
