/** Loaded into a server before its own code (`node --import`): tells the bench how late the main thread's event loop is. */
import { monitorEventLoopDelay } from "node:perf_hooks";
import { isMainThread } from "node:worker_threads";

/** The timer's, which is in what the histogram holds. */
const resolutionMs = 10;

export type ProbeOrder = "reset" | "read";

export interface LoopDelays {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

// A worker inherits the flag.
if (isMainThread && process.send !== undefined) {
  const histogram = monitorEventLoopDelay({ resolution: resolutionMs });
  histogram.enable();
  const delayMs = (value: number): number => Math.max(0, value / 1e6 - resolutionMs);
  process.on("message", (order: ProbeOrder) => {
    if (order === "reset") histogram.reset();
    const delays: LoopDelays = {
      p50Ms: delayMs(histogram.percentile(50)),
      p99Ms: delayMs(histogram.percentile(99)),
      maxMs: delayMs(histogram.max),
    };
    process.send?.(delays);
  });
}
