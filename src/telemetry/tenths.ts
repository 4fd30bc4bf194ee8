/** Milliseconds as a line of the log has them. */
export function tenths(milliseconds: number): number {
  return Math.round(milliseconds * 10) / 10;
}
