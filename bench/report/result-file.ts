import { spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { projectDirectory } from "#weir/llama/addon.js";
import type { ScenarioResult } from "../scenario-result.js";
import { scenarios } from "../scenarios/index.js";
import { withLatest } from "./latest.js";
import { type Machine, machineSlug } from "./machine.js";
import { plotsOf, renderReport } from "./report-page.js";

/**
 * Writes `<machine>/<scenario>-<rig>.json` and renews the machine's page of all its results, with their plots. A later run replaces them;
 * git keeps the older ones.
 *
 * @returns the page's path
 */
export function writeResult(folder: string, result: ScenarioResult): string {
  const machineFolder = path.join(folder, machineSlug(result.machine));
  fs.mkdirSync(machineFolder, { recursive: true });
  const file = path.join(machineFolder, `${result.scenario}-${result.rig}.json`);
  fs.writeFileSync(file, formatJson(result));
  const results = readResults(machineFolder);
  for (const plot of plotsOf(results)) fs.writeFileSync(path.join(machineFolder, plot.file), plot.svg);
  const page = path.join(machineFolder, "README.md");
  fs.writeFileSync(page, `# Results\n\n${renderReport(results, "")}`);
  return page;
}

/** Puts the machine's results into bench/README.md. */
export function renewReadme(machine: Machine): void {
  const slug = machineSlug(machine);
  const folder = path.join(projectDirectory, "bench", "results", slug);
  const file = path.join(projectDirectory, "bench", "README.md");
  fs.writeFileSync(
    file,
    withLatest(fs.readFileSync(file, "utf8"), renderReport(readResults(folder), `results/${slug}/`)),
  );
}

/** As the project's formatter leaves it: short lists of plain values on one line. */
function formatJson(result: ScenarioResult): string {
  const lines = JSON.stringify(result, null, 2);
  const shortened = lines.replaceAll(/\[\n\s+([^[\]{}]+?)\n\s+\]/g, (_, items: string) => {
    return `[${items.replaceAll(/,\n\s+/g, ", ")}]`;
  });
  return `${shortened}\n`;
}

/** In the scenarios' order. */
function readResults(machineFolder: string): ScenarioResult[] {
  const files = fs.readdirSync(machineFolder).filter((name) => name.endsWith(".json"));
  const results = files.map(
    (name) => JSON.parse(fs.readFileSync(path.join(machineFolder, name), "utf8")) as ScenarioResult, // ours
  );
  const order = scenarios.map(({ name }) => name);
  return results.toSorted((a, b) => order.indexOf(a.scenario) - order.indexOf(b.scenario));
}

/** With a `+` where the checkout differs from it; null outside a checkout. */
export function currentCommit(): string | null {
  const git = (...words: string[]) => spawnSync("git", words, { cwd: projectDirectory, encoding: "utf8" });
  const commit = git("rev-parse", "--short", "HEAD");
  if (commit.status !== 0) return null;
  // What a run itself writes is no difference.
  const changes = git(
    "status",
    "--porcelain",
    "--",
    ".",
    ":!bench/results",
    ":!bench/README.md",
    ":!node_modules",
  );
  return commit.stdout.trim() + (changes.stdout === "" ? "" : "+");
}
