import fs from "node:fs";
import path from "node:path";
import { root, StepFailure } from "./step.mjs";

/** What must be on the machine before anything else: looked up and not run, since every start asks. */
export function checkTools() {
  checkNode();
  const compilers = process.env.CXX ? [process.env.CXX] : ["g++", "c++", "clang++"];
  const compiler = compilers.find(isOnPath);
  const missing = [];
  if (compiler === undefined) missing.push(`no C++ compiler (tried ${compilers.join(", ")})`);
  if (!isOnPath("git")) missing.push("no git");
  if (missing.length > 0) {
    throw new StepFailure(`${missing.join(" and ")}; on Debian and Ubuntu: apt-get install g++ git`);
  }
  return `Node.js ${process.version}, git, ${compiler}`;
}

/** The version that package.json asks for, as `>=20.13`. */
function checkNode() {
  const { engines } = JSON.parse(fs.readFileSync(path.join(root, "package.json"), "utf8"));
  const wanted = engines.node.replace(">=", "");
  const [major, minor] = process.versions.node.split(".").map(Number);
  const [wantedMajor, wantedMinor] = wanted.split(".").map(Number);
  if (major > wantedMajor || (major === wantedMajor && minor >= wantedMinor)) return;
  throw new StepFailure(
    `Node.js ${wanted} or newer is needed, this is ${process.version}; see https://nodejs.org`,
  );
}

/** `$CXX` may be a path and carry flags. */
function isOnPath(program) {
  const [name] = program.trim().split(/\s+/);
  const folders = (process.env.PATH ?? "").split(path.delimiter);
  return folders.some((folder) => fs.existsSync(path.resolve(folder, name)));
}
