export interface Column {
  readonly title: string;
  readonly align: "left" | "right";
}

/** Rows of text under a line of titles, two spaces between the columns. */
export function textTable(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  const lines = [columns.map(({ title }) => title), ...rows];
  const widths = columns.map((_, index) => Math.max(...lines.map((line) => (line[index] ?? "").length)));
  return lines.map((line) => formatLine(line, columns, widths)).join("\n");
}

function formatLine(line: readonly string[], columns: readonly Column[], widths: readonly number[]): string {
  const cells = columns.map(({ align }, index) => {
    const cell = line[index] ?? "";
    const width = widths[index] ?? 0;
    return align === "left" ? cell.padEnd(width) : cell.padStart(width);
  });
  return cells.join("  ").trimEnd();
}
