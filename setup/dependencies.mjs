import { createHash } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { root, runProgram } from "./step.mjs";

/** Beside what it vouches for, so that it goes with it. */
const stampPath = path.join(root, "node_modules", ".weir-lock");

/** The lockfile's packages, without running their scripts: none is needed, llama.cpp comes built. */
export function installDependencies(progress) {
  const stamp = createHash("sha256")
    .update(fs.readFileSync(path.join(root, "package-lock.json")))
    .digest("hex");
  if (fs.existsSync(stampPath) && fs.readFileSync(stampPath, "utf8") === stamp) return "up to date";

  progress("npm ci, with llama.cpp's libraries some hundred megabytes");
  const scope = ["--include=dev", "--include=optional", "--ignore-scripts"];
  runProgram("npm", ["ci", ...scope, "--no-audit", "--no-fund"], "is the npm registry reachable from here?");
  fs.writeFileSync(stampPath, stamp);
  return "installed";
}
