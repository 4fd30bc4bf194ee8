import { median, type Percentiles } from "../metrics/percentile.js";
import type { ContenderResult, ScenarioResult } from "../scenario-result.js";
import { scenarioNamed } from "../scenarios/index.js";
import type { Headline } from "../scenarios/scenario.js";
import { latencyChart, type Panel } from "./latency-chart.js";
import { ratios } from "./ratio.js";
import { type RatioBar, ratioChart } from "./ratio-chart.js";

/** A picture beside the results, by its file's name. */
export interface Plot {
  readonly file: string;
  readonly alt: string;
  readonly svg: string;
}

/** Everything that issue 3 asks a ratio of, in one picture; null where nothing was compared with llama-server. */
export function ratioPlot(results: readonly ScenarioResult[]): Plot | null {
  const bars = results.flatMap((result) => {
    const { name, headlines, compared } = scenarioNamed(result.scenario);
    if (compared[1] !== "llama-server") return [];
    return headlines
      .filter(
        ({ wantedRatio, wanted }, index) =>
          wantedRatio !== undefined || (index === 0 && wanted === undefined),
      )
      .flatMap((headline) => barOf(`${name} on ${result.rig}`, result, headline));
  });
  if (bars.length === 0) return null;
  const alt = "Weir against llama-server: how many times better";
  return { file: "ratios.svg", alt, svg: ratioChart(alt, bars) };
}

function barOf(place: string, result: ScenarioResult, headline: Headline): RatioBar[] {
  const values = ratios(result, headline);
  if (values.length === 0 || !values.every(Number.isFinite)) return [];
  const times = (ratio: number): number => (headline.better === "more" ? ratio : 1 / ratio);
  const wanted = headline.wantedRatio?.[result.rig];
  return [
    {
      label: `${place}: ${headline.title.replace(/, ms$/, "")}`,
      times: times(median(values)),
      wantedTimes: wanted === undefined ? null : times(wanted),
    },
  ];
}

const marks = ["P50", "P90", "P95", "P99"] as const;

/** TTFT and ITL of the compared two; null where one of them has none. */
export function latencyPlot(result: ScenarioResult): Plot | null {
  const { name, compared } = scenarioNamed(result.scenario);
  const contenders = result.contenders.filter(({ label }) => compared.slice(0, 2).includes(label));
  const panels = [
    panelOf("time to first token, ms", contenders, ({ summary }) => summary.ttftMs),
    panelOf("gap between tokens, ms", contenders, ({ summary }) => summary.itlMs),
  ].flatMap((panel) => panel ?? []);
  if (panels.length < 2 || contenders.length < 2) return null;
  const file = `${name}-${result.rig}.svg`;
  const alt = `${name} on ${result.rig}: latencies`;
  return { file, alt, svg: latencyChart(alt, panels) };
}

function panelOf(
  title: string,
  contenders: readonly ContenderResult[],
  of: (measurement: ContenderResult["rounds"][number]) => Percentiles | null,
): Panel | null {
  const curves = contenders.flatMap(({ label, rounds }) => {
    const percentiles = rounds.flatMap((measurement) => of(measurement) ?? []);
    if (percentiles.length === 0) return [];
    const fields = ["p50", "p90", "p95", "p99"] as const;
    return [{ label, values: fields.map((field) => median(percentiles.map((one) => one[field]))) }];
  });
  return curves.length < contenders.length ? null : { title, marks, curves };
}
