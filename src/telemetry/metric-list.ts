import type { MetricDefinition } from "./metric.js";
import { engineMetrics } from "./metrics/engine-metrics.js";
import { gateMetrics } from "./metrics/gate-metrics.js";
import { requestMetrics } from "./metrics/request-metrics.js";
import { serverMetrics } from "./metrics/server-metrics.js";

export interface MetricGroup {
  readonly title: string;
  readonly metrics: readonly MetricDefinition[];
}

/** Every metric of Weir's own; the process's come beside them, see process-metrics.ts. */
export const metricGroups: readonly MetricGroup[] = [
  { title: "Requests", metrics: requestMetrics },
  { title: "Who waits", metrics: gateMetrics },
  { title: "The engine", metrics: engineMetrics },
  { title: "The server", metrics: serverMetrics },
];
