import { spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { projectDirectory } from "#weir/llama/addon.js";
import type { ClosedLoopResult } from "./closed-loop-result.js";
import { withLatest } from "./latest.js";
import { machineSlug } from "./machine.js";
import { renderResult } from "./result-table.js";

/**
 * Writes `<date>-<label>-<machine>.json` and `.md`. A later run of the day replaces them.
 *
 * @returns the Markdown file's path
 */
export function writeResult(folder: string, label: string, result: ClosedLoopResult): string {
  const name = `${result.measuredAt.slice(0, 10)}-${label}-${machineSlug(result.machine)}`;
  const file = path.join(folder, name);
  fs.mkdirSync(folder, { recursive: true });
  fs.writeFileSync(`${file}.json`, `${JSON.stringify(result, null, 2)}\n`);
  fs.writeFileSync(`${file}.md`, `# Closed loop in the process\n\n${renderResult(result)}`);
  return `${file}.md`;
}

/** Puts the result's table into bench/README.md. */
export function renewReadme(result: ClosedLoopResult): void {
  const file = path.join(projectDirectory, "bench", "README.md");
  fs.writeFileSync(file, withLatest(fs.readFileSync(file, "utf8"), renderResult(result)));
}

/** With a `+` where the checkout differs from it; null outside a checkout. */
export function currentCommit(): string | null {
  const git = (...words: string[]) => spawnSync("git", words, { cwd: projectDirectory, encoding: "utf8" });
  const commit = git("rev-parse", "--short", "HEAD");
  if (commit.status !== 0) return null;
  return commit.stdout.trim() + (git("status", "--porcelain").stdout === "" ? "" : "+");
}
