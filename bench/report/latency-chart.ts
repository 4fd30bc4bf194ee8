import { formatNumber } from "./number-format.js";
import { line, type Point, palette, path, seriesColor, svg, text } from "./svg.js";

/** One curve of a panel: its value at each of the panel's marks. */
export interface Curve {
  readonly label: string;
  readonly values: readonly number[];
}

export interface Panel {
  readonly title: string;
  /** Under the axis: `P50`, `P90`, … */
  readonly marks: readonly string[];
  readonly curves: readonly Curve[];
}

const panelWidth = 400;
const height = 270;
const plot = { left: 58, right: 20, top: 64, bottom: 34 } as const;

/** Panels side by side, each with an axis of its own from 0, in ms. */
export function latencyChart(title: string, panels: readonly Panel[]): string {
  return svg(
    title,
    panelWidth * panels.length,
    height,
    panels.flatMap((panel, index) => drawPanel(panel, index * panelWidth)),
  );
}

function drawPanel({ title, marks, curves }: Panel, x: number): string[] {
  const most = Math.max(...curves.flatMap(({ values }) => values));
  const step = niceStep(most / 4);
  const steps = Math.max(1, Math.ceil(most / step));
  const plotHeight = height - plot.top - plot.bottom;
  const yOf = (ms: number): number => height - plot.bottom - (ms / (steps * step)) * plotHeight;
  const spacing = (panelWidth - plot.left - plot.right) / marks.length;
  const xOf = (index: number): number => x + plot.left + spacing * (index + 0.5);
  const grid = Array.from({ length: steps + 1 }, (_, index) => index * step).flatMap((ms) => [
    line(x + plot.left, yOf(ms), x + panelWidth - plot.right, yOf(ms), palette.grid),
    text(x + plot.left - 8, yOf(ms) + 4, formatNumber(ms, 0), {
      anchor: "end",
      fill: palette.faint,
      size: 11,
    }),
  ]);
  const labels = marks.map((mark, index) =>
    text(xOf(index), height - 14, mark, { anchor: "middle", fill: palette.faint }),
  );
  const lines = curves.flatMap(({ label, values }, index) => {
    const color = seriesColor(index);
    const points = values.map((ms, mark): Point => [xOf(mark), yOf(ms)]);
    const legendX = x + plot.left + index * 120;
    return [
      path(points, color),
      line(legendX, 44, legendX + 14, 44, color, 3),
      text(legendX + 20, 48, label, { size: 11 }),
    ];
  });
  return [text(x + 16, 24, title, { size: 14, weight: 600 }), ...grid, ...labels, ...lines];
}

/** 1, 2 or 5 times a power of ten, at least as large. */
export function niceStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(least, 1e-3)));
  return ([1, 2, 5].find((factor) => factor * power >= least) ?? 10) * power;
}
