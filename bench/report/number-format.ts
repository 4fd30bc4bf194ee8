import { spread } from "../metrics/percentile.js";

/** `1,234.5`; a dash where there is no number. */
export function formatNumber(value: number, digits: number): string {
  if (!Number.isFinite(value)) return "–";
  return value.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

/** The median and, of several, the least and the most: `480 (471-492)`. */
export function formatSpread(values: readonly number[], digits: number): string {
  if (values.length === 0 || !values.every(Number.isFinite)) return "–";
  const { median, least, most } = spread(values);
  const middle = formatNumber(median, digits);
  if (values.length === 1) return middle;
  return `${middle} (${formatNumber(least, digits)}-${formatNumber(most, digits)})`;
}
