import { Counter, Gauge, type Histogram, Registry } from "prom-client";
import type { BucketSnapshot } from "../engine/bucket-counts.js";
import type { MetricDefinition } from "./metric.js";
import { metricGroups } from "./metric-list.js";
import type { Snapshot } from "./snapshot.js";

/** The metrics of one app in Prometheus's text format. Everything is counted elsewhere, and read when it is asked for. */
export class MetricRegistry {
  readonly #registry = new Registry();
  #snapshot: Snapshot | null = null;

  constructor() {
    for (const { metrics } of metricGroups) for (const metric of metrics) this.#register(metric);
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  /** All metrics at the moment of the snapshot. */
  text(snapshot: Snapshot): Promise<string> {
    this.#snapshot = snapshot;
    // Every metric is read before this returns, so a second scrape may come while the first one waits.
    return this.#registry.metrics();
  }

  #register(metric: MetricDefinition): void {
    const { name, help, labels: labelNames } = metric;
    const config = { name, help, labelNames, registers: [this.#registry] };
    const current = (): Snapshot => {
      if (this.#snapshot === null) throw new Error("metrics are read from a snapshot");
      return this.#snapshot;
    };
    if (metric.type === "histogram") {
      const get = async () => {
        const values = metric.read(current()).flatMap(({ labels, buckets }) => lines(name, labels, buckets));
        return { name, help, type: metric.type, aggregator: "sum", values };
      };
      // prom-client's own takes a value at a time, with its labels. Of what is registered it asks these two alone.
      this.#registry.registerMetric({ name, get } as unknown as Histogram);
    } else if (metric.type === "counter") {
      new Counter({
        ...config,
        collect() {
          this.reset();
          for (const { labels = {}, value } of metric.read(current())) this.inc(labels, value);
        },
      });
    } else {
      new Gauge({
        ...config,
        collect() {
          this.reset();
          for (const { labels = {}, value } of metric.read(current())) this.set(labels, value);
        },
      });
    }
  }
}

/** Prometheus's buckets are cumulative. */
function lines(name: string, labels: object, { bounds, counts, sum }: BucketSnapshot) {
  let count = 0;
  const buckets = [...counts].map((own, index) => {
    count += own;
    return { metricName: `${name}_bucket`, labels: { ...labels, le: bounds[index] ?? "+Inf" }, value: count };
  });
  return [
    ...buckets,
    { metricName: `${name}_sum`, labels, value: sum },
    { metricName: `${name}_count`, labels, value: count },
  ];
}
