const told = new Set<string>();

/** Says on stderr, once, that a file of the models folder is no manifest. */
export function tellSkipped(why: string): void {
  if (told.has(why)) return;
  told.add(why);
  process.stderr.write(`weir: skipped: ${why}\n`);
}
