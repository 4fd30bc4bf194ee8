/** A table with its first column to the left and the others to the right. */
export function markdownTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  const rule = `|---|${header
    .slice(1)
    .map(() => "---:|")
    .join("")}`;
  return [line(header), rule, ...rows.map(line)].join("\n");
}
