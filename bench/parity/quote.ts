/** How much of an answer stands in the table. */
const most = 90;
/** How much of what is the same stands before the first difference. */
const lead = 12;

/** Two texts in short, each from where they begin to differ. */
export function quotePair(one: string, other: string): [string, string] {
  let same = 0;
  while (same < one.length && one.charAt(same) === other.charAt(same)) same++;
  const from = same > 2 * lead ? same - lead : 0;
  return [quote(one, from), quote(other, from)];
}

function quote(text: string, from: number): string {
  const end = from + most;
  return `${from > 0 ? "…" : ""}${text.slice(from, end)}${text.length > end ? "…" : ""}`.toWellFormed();
}

/** As code in a cell of a Markdown table. */
export function codeCell(text: string): string {
  const escaped = text.replaceAll("|", "\\|").replaceAll("\n", "\\n");
  const fence = text.includes("`") ? "``" : "`";
  return text === "" ? "" : `${fence}${fence.length > 1 ? ` ${escaped} ` : escaped}${fence}`;
}
