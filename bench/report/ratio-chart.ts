import { bar, line, palette, svg, text } from "./svg.js";

/** One bar: how many times better than the other, on whichever side better lies. */
export interface RatioBar {
  readonly label: string;
  /** 2 is twice as good, 0.5 half as good. */
  readonly times: number;
  /** What was asked for, in the same terms. */
  readonly wantedTimes: number | null;
}

const width = 820;
const labelWidth = 390;
const rowHeight = 26;
const top = 58;
const plotLeft = labelWidth + 12;
const plotWidth = width - plotLeft - 84;

const ticks = [0.25, 0.5, 1, 2, 4, 8, 16, 32];

/** Bars from 1 to the right where better, to the left where worse; a logarithmic axis, so that 2 and ½ are as far. */
export function ratioChart(title: string, bars: readonly RatioBar[]): string {
  const values = bars.flatMap(({ times, wantedTimes }) => [times, wantedTimes ?? times]);
  const least = ticks.findLast((tick) => tick <= Math.min(0.5, ...values)) ?? 0.25;
  const most = ticks.find((tick) => tick >= Math.max(2, ...values)) ?? 32;
  const scale = plotWidth / Math.log2(most / least);
  const xOf = (times: number): number =>
    plotLeft + Math.log2(Math.min(most, Math.max(least, times)) / least) * scale;
  const height = top + bars.length * rowHeight + 16;
  const axis = ticks
    .filter((tick) => tick >= least && tick <= most)
    .flatMap((tick) => [
      line(xOf(tick), top - 6, xOf(tick), height - 12, tick === 1 ? palette.faint : palette.grid),
      text(xOf(tick), top - 12, `${tick} ×`, { anchor: "middle", fill: palette.faint, size: 11 }),
    ]);
  const rows = bars.flatMap((one, index) => row(one, top + index * rowHeight, xOf));
  return svg(title, width, height, [
    text(16, 24, title, { size: 14, weight: 600 }),
    text(width - 16, 24, "| wanted", { anchor: "end", fill: palette.wanted, size: 11 }),
    ...axis,
    ...rows,
  ]);
}

function row({ label, times, wantedTimes }: RatioBar, y: number, xOf: (times: number) => number): string[] {
  const [from, to] = [Math.min(xOf(1), xOf(times)), Math.max(xOf(1), xOf(times))];
  const wanted =
    wantedTimes === null ? [] : [line(xOf(wantedTimes), y + 1, xOf(wantedTimes), y + 21, palette.wanted, 2)];
  return [
    text(labelWidth, y + 15, label, { anchor: "end" }),
    bar(from, y + 4, Math.max(1, to - from), 14, times >= 1 ? palette.series[0] : palette.series[1]),
    ...wanted,
    text(width - 16, y + 15, `${times.toFixed(2)} ×`, { anchor: "end", weight: 600 }),
  ];
}
