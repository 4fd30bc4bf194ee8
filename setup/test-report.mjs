const closing = /^# (tests|suites|pass|fail|cancelled|skipped|todo|duration_ms) ([\d.]+)$/;

/**
 * One TAP report of several: their tests numbered through, their closing lines summed.
 *
 * @param {readonly string[]} reports empty texts where there is none
 */
export function joinReports(reports) {
  const totals = new Map();
  const body = [];
  let tests = 0;
  const written = reports.filter((report) => report !== "");
  for (const line of written.flatMap((report) => report.trimEnd().split("\n"))) {
    const [, name, count] = closing.exec(line) ?? [];
    if (name !== undefined) totals.set(name, (totals.get(name) ?? 0) + Number(count));
    // A test of a file; those of a suite are indented, and have numbers within it.
    else if (/^(not )?ok /.test(line)) body.push(line.replace(/ok \d+/, `ok ${++tests}`));
    else if (!/^(TAP version |1\.\.\d)/.test(line)) body.push(line);
  }
  const closingLines = Array.from(totals, ([name, count]) => `# ${name} ${count}`);
  return `${["TAP version 13", ...body, `1..${tests}`, ...closingLines].join("\n")}\n`;
}

/** What is to be said last: which tests have failed, and the counts: `# tests 12`, `# pass 12`, `# fail 0`. */
export function summaryOf(report) {
  const lines = report.trimEnd().split("\n");
  const failed = lines.filter((line) => line.startsWith("not ok "));
  const counts = lines.slice(-8).filter((line) => /^# (tests|pass|fail|cancelled|skipped) /.test(line));
  return [...failed, ...counts].join("\n");
}
