import { collectDefaultMetrics, Registry } from "prom-client";

/** Of the event loop, whose delay prom-client gives with its timer's 10 ms in it and anew for each scraper. Ours replace them. */
const eventLoopMetrics = ["", "_min", "_max", "_mean", "_stddev", "_p50", "_p90", "_p99"].map((kind) =>
  kind === "" ? "nodejs_eventloop_lag_seconds" : `nodejs_eventloop_lag${kind}_seconds`,
);
/** Twice what their _total says, under a name that is a counter's. */
const gaugeTotals = [
  "nodejs_active_resources_total",
  "nodejs_active_handles_total",
  "nodejs_active_requests_total",
];

let registry: Registry | null = null;

/**
 * CPU, memory, files and garbage collection of this process, as prom-client names them. One registry a process, made when
 * somebody first asks: what it observes is the process's, and it has no end.
 */
export function processMetrics(): Promise<string> {
  if (registry === null) {
    registry = new Registry();
    // An hour: the timer of the metrics that are taken out.
    collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: 3_600_000 });
    for (const name of [...eventLoopMetrics, ...gaugeTotals]) registry.removeSingleMetric(name);
  }
  return registry.metrics();
}
