import { spawnSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { root, runProgram, StepFailure } from "./step.mjs";
import { joinReports, summaryOf } from "./test-report.mjs";

const reportPath = path.join(root, "build", "test-report.tap");

/** Parts of the paths of test files that need the machine for themselves. */
const aloneParts = [
  // Thousands of clients of a server with short limits of time.
  "badday/",
  // Other programs that ask and wait.
  "deploy/",
  // The software Vulkan device computes on every core.
  "split/",
  // Measure times, or who gets how much of them.
  "http/fair-shares",
  "telemetry/event-loop",
  // As many threads as cores, which spin.
  "native/options",
  "native/core-seats",
  "http/connections",
];

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

  const isAlone = (file) => aloneParts.some((part) => file.includes(part));
  // Two files at once where each of their engines has one thread: with more, ggml's threads, which spin while they
  // wait, take many times as long. One test each of exactness/echo and exactness/random-weights has two all the same,
  // where that is what is tested.
  const lanes = [
    { files: files.filter((file) => !isAlone(file)), together: Math.min(2, os.availableParallelism()) },
    { files: files.filter(isAlone), together: 1 },
  ];
  const results = lanes.filter((lane) => lane.files.length > 0).map(runLane);
  const report = joinReports(results.map((result) => result.report));
  fs.writeFileSync(reportPath, report);
  console.log(summaryOf(report));
  return Math.max(...results.map(({ exitCode }) => exitCode));
}

/** Runs test files, so many together. */
function runLane({ files, together }) {
  fs.rmSync(reportPath, { force: true });
  const flags = [
    "--test",
    `--test-concurrency=${together}`,
    "--enable-source-maps",
    ...["--test-reporter=spec", "--test-reporter-destination=stdout"],
    ...["--test-reporter=tap", `--test-reporter-destination=${reportPath}`],
  ];
  const { status, signal } = spawnSync(process.execPath, [...flags, ...files], {
    cwd: root,
    stdio: "inherit",
  });
  if (signal !== null) console.error(`the test runner was ended by ${signal}`);
  // A runner that ends before its first test has no report; what the other lane has found is told all the same.
  const report = fs.existsSync(reportPath) ? fs.readFileSync(reportPath, "utf8") : "";
  return { exitCode: status ?? 1, report };
}

/** From the sources, since what was compiled of a deleted test stays. */
function testFiles() {
  const sources = fs.readdirSync(path.join(root, "test"), { recursive: true });
  const tests = sources.filter((file) => file.endsWith(".test.ts")).sort();
  return tests.map((file) => path.join("build", "js", "test", file.replace(/\.ts$/, ".js")));
}
