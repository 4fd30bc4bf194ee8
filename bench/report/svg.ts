/** The few shapes that the bench's plots are drawn with. Sizes are pixels. */

export const palette = {
  background: "#ffffff",
  text: "#1f2937",
  faint: "#6b7280",
  grid: "#e5e7eb",
  /** By their order in a plot: Weir first. */
  series: ["#2563eb", "#9ca3af", "#d97706", "#059669"],
  wanted: "#dc2626",
} as const;

export function seriesColor(index: number): string {
  return palette.series[index % palette.series.length] ?? palette.text;
}

/**
 * A whole picture, readable on a dark page too.
 *
 * @param title for who can't see it
 */
export function svg(title: string, width: number, height: number, shapes: readonly string[]): string {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}"`,
    ` font-family="system-ui, -apple-system, Segoe UI, Helvetica, Arial, sans-serif" font-size="12" role="img">`,
    `<title>${escapeXml(title)}</title>`,
    `<rect width="${width}" height="${height}" rx="6" fill="${palette.background}"/>`,
    ...shapes,
    "</svg>\n",
  ].join("\n");
}

export interface TextStyle {
  readonly anchor?: "start" | "middle" | "end";
  readonly fill?: string;
  readonly size?: number;
  readonly weight?: number;
}

export function text(x: number, y: number, content: string, style: TextStyle = {}): string {
  const { anchor = "start", fill = palette.text, size = 12, weight = 400 } = style;
  const place = `x="${round(x)}" y="${round(y)}" text-anchor="${anchor}"`;
  return `<text ${place} fill="${fill}" font-size="${size}" font-weight="${weight}">${escapeXml(content)}</text>`;
}

export function line(x1: number, y1: number, x2: number, y2: number, stroke: string, width = 1): string {
  const ends = `x1="${round(x1)}" y1="${round(y1)}" x2="${round(x2)}" y2="${round(y2)}"`;
  return `<line ${ends} stroke="${stroke}" stroke-width="${width}"/>`;
}

export function bar(x: number, y: number, width: number, height: number, fill: string): string {
  const size = `width="${round(Math.max(0, width))}" height="${round(height)}"`;
  return `<rect x="${round(x)}" y="${round(y)}" ${size} rx="2" fill="${fill}"/>`;
}

export type Point = readonly [x: number, y: number];

export function path(points: readonly Point[], stroke: string): string {
  const places = points.map(([x, y]) => `${round(x)},${round(y)}`).join(" ");
  const dots = points.map(([x, y]) => `<circle cx="${round(x)}" cy="${round(y)}" r="3" fill="${stroke}"/>`);
  return `<polyline points="${places}" fill="none" stroke="${stroke}" stroke-width="2"/>${dots.join("")}`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function escapeXml(content: string): string {
  return content.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
