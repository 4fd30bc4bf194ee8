import fs from "node:fs";
import path from "node:path";
import { root, runProgram } from "./step.mjs";

const builds = [
  { info: path.join(root, "build", "src.tsbuildinfo"), output: path.join(root, "dist") },
  { info: path.join(root, "build", "test.tsbuildinfo"), output: path.join(root, "build", "js") },
];

/** Compiles a project and those it refers to. */
export function compileTypeScript(project) {
  return () => {
    // The compiler believes its build info and does not look whether the outputs are still there.
    for (const { info, output } of builds) if (!fs.existsSync(output)) fs.rmSync(info, { force: true });
    const before = builds.map(changedAtMs);
    const compiler = path.join("node_modules", "typescript", "bin", "tsc");
    runProgram(process.execPath, [compiler, "-b", project], "its messages are above");
    return builds.some((build, index) => changedAtMs(build) !== before[index]) ? "compiled" : "up to date";
  };
}

function changedAtMs({ info }) {
  return fs.statSync(info, { throwIfNoEntry: false })?.mtimeMs;
}
