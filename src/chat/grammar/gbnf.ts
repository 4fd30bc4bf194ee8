/** A text as a GBNF literal. */
export function literal(text: string): string {
  return `"${Array.from(text, escaped).join("")}"`;
}

/** Any character but these, as a GBNF class. */
export function anyBut(characters: Iterable<string>): string {
  return `[^${Array.from(characters, escaped).join("")}]`;
}

function escaped(character: string): string {
  if (/^[A-Za-z0-9_ <>/|{}:,.=]$/.test(character)) return character;
  return `\\U${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(8, "0")}`;
}
