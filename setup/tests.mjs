import { spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { root, runProgram, StepFailure } from "./step.mjs";

const reportPath = path.join(root, "build", "test-report.tap");

export function lint() {
  const linter = path.join("node_modules", "@biomejs", "biome", "bin", "biome");
  runProgram(
    process.execPath,
    [linter, "check", "--colors=off"],
    "`npm run format` mends what can be mended",
  );
  return "clean";
}

/**
 * Runs the test files whose path has one of these parts in it; without parts all of them.
 *
 * @returns the runner's exit code
 */
export function runTests(parts) {
  const files = testFiles().filter((file) => parts.length === 0 || parts.some((part) => file.includes(part)));
  if (files.length === 0) throw new StepFailure(`no test file has ${parts.join(" or ")} in its path`);

  const flags = [
    "--test",
    // ggml's threads spin while they wait: two models at once on two cores take many times as long as one by one.
    "--test-concurrency=1",
    "--enable-source-maps",
    ...["--test-reporter=spec", "--test-reporter-destination=stdout"],
    ...["--test-reporter=tap", `--test-reporter-destination=${reportPath}`],
  ];
  const { status } = spawnSync(process.execPath, [...flags, ...files], { cwd: root, stdio: "inherit" });
  console.log(closingLines());
  return status ?? 1;
}

/** From the sources, since what was compiled of a deleted test stays. */
function testFiles() {
  const sources = fs.readdirSync(path.join(root, "test"), { recursive: true });
  const tests = sources.filter((file) => file.endsWith(".test.ts")).sort();
  return tests.map((file) => path.join("build", "js", "test", file.replace(/\.ts$/, ".js")));
}

/** The counts, once more as the last lines: `# tests 12`, `# pass 12`, `# fail 0`. */
function closingLines() {
  const lines = fs.readFileSync(reportPath, "utf8").trimEnd().split("\n").slice(-8);
  return lines.filter((line) => /^# (tests|pass|fail|cancelled|skipped) /.test(line)).join("\n");
}
