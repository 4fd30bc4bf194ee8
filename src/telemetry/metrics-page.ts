import { labelMeanings, type MetricDefinition } from "./metric.js";
import { metricGroups } from "./metric-list.js";

const head = `# Metrics

<!-- Written by \`node setup.mjs docs\` from src/telemetry. Do not edit. -->

\`GET /metrics\`, for Prometheus, in its text format. It answers in every state: while a model loads, with one that generates, embeds or
ranks, and after its engine has died.

- **Access** wants what \`/admin\` does: an admin key (\`weir keys add prometheus --admin\`), or, where there are no keys at all, this machine
  and no proxy. Unlike \`/admin\` it answers on every address that Weir listens on, whatever \`--admin-access\` says.
  \`--metrics-access open\` lets everybody read it who reaches the port. It tells how much is asked, of which model, and never by whom or
  what. [deploy/prometheus](../deploy/prometheus) has a scrape configuration and alerts,
  [deploy/grafana](../deploy/grafana) a dashboard.
- **Units** are Prometheus's: seconds, bytes, and counts. A histogram has \`_bucket\`, \`_sum\` and \`_count\`; its \`_count\` is how many there
  were.
- **Engine** metrics are asked of the engine's thread at the scrape, between two of its steps. A scrape waits 1 s for it at most and
  then gives what the engine said before; \`weir_engine_report_age_seconds\` says how old that is. They begin anew when a model is
  loaded and when a failed engine is replaced, the others when the process starts.
- **The window** of the event loop's delay moves by itself and is the last 30 to 60 s, so that any number of scrapers see the same.
  How late a timer came is measured every 10 ms; the 10 ms are not in it.
- **Series** are bounded: no label has anything of what a client sent. There is none for keys, of which there may be thousands:
  \`GET /admin/usage\` has what each of them has used. All label values but names of models and devices are fixed.
- Beside them are prom-client's metrics of the process: \`process_cpu_seconds_total\` (all threads), \`process_resident_memory_bytes\`,
  \`process_open_fds\`, \`process_start_time_seconds\`, \`nodejs_heap_size_used_bytes\`, \`nodejs_gc_duration_seconds\` and the like.
- vLLM's names are those of its V1 engine, llama-server's those of llama.cpp v0.5.0 (\`--metrics\`). Nearest is not equal: the third column says what
  ours is.
`;

/** docs/metrics.md, made of the definitions. */
export function metricsPage(): string {
  const groups = metricGroups.map(({ title, metrics }) => {
    const rows = metrics.map(row).join("");
    return `\n## ${title}\n\n| metric | type, unit | | vLLM | llama-server |\n|---|---|---|---|---|\n${rows}`;
  });
  return `${head}${groups.join("")}\n## Labels\n\n${labelRows()}`;
}

function row({ name, type, unit, help, labels, vllm, llamaServer }: MetricDefinition): string {
  const own = labels.length === 0 ? "" : `<br>{${labels.join(", ")}}`;
  const kind = unit === "1" ? type : `${type}, ${unit}`;
  return `| \`${name}\`${own} | ${kind} | ${help}. | ${peer(vllm)} | ${peer(llamaServer)} |\n`;
}

/** A peer's name, and what stands in brackets behind it. */
function peer(text = ""): string {
  return text.replaceAll(/\w+:\w+/g, (name) => `\`${name}\``);
}

function labelRows(): string {
  const rows = Object.entries(labelMeanings).map(([name, meaning]) => `| \`${name}\` | ${meaning} |\n`);
  return `| label | values |\n|---|---|\n${rows.join("")}`;
}
