import { execFileSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { projectDirectory } from "../support/models.js";
import { copiesOf, dockerfileStages, removedPaths, type Stage } from "./dockerfile.js";

/** Where the Dockerfile's stages have Weir. */
const home = "/opt/weir";

/** The files that deploy/docker/Dockerfile brings into the image of a CPU, made out of this checkout and linked where it can be. */
export function makeImageFolder(): string {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "weir-image-"));
  fs.chmodSync(folder, 0o755);
  const stages = dockerfileStages();
  const image = stages.at(-1) ?? failed("no last stage");
  for (const { from, sources, target } of copiesOf(image)) {
    if (from === "node") continue;
    const [source = ""] = sources;
    const destination = path.join(folder, path.resolve(home, target));
    fs.mkdirSync(path.dirname(destination), { recursive: true });
    if (from === null) fs.copyFileSync(path.join(projectDirectory, source), destination);
    else if (from === "packages") linkPackages(path.dirname(destination));
    else link([path.relative(home, source)], path.join(folder, home));
    for (const removed of removedPaths(stageNamed(stages, from)))
      fs.rmSync(path.join(folder, home, removed), { recursive: true, force: true });
  }
  return folder;
}

/** What `npm ci --omit=dev` installs, and of llama.cpp's variants the CPU's. */
function linkPackages(target: string): void {
  const lock = JSON.parse(fs.readFileSync(path.join(projectDirectory, "package-lock.json"), "utf8"));
  const entries = Object.entries<{ dev?: boolean }>(lock.packages); // npm's own format
  const names = entries
    .filter(
      ([name, { dev }]) => name !== "" && dev !== true && fs.existsSync(path.join(projectDirectory, name)),
    )
    .map(([name]) => /^node_modules\/(@[^/]+\/)?[^/]+/.exec(name)?.[0] ?? name);
  const variant = `node_modules/@node-llama-cpp/linux-${process.arch}`;
  const kept = [...new Set(names)].filter((name) => !name.includes("@node-llama-cpp/") || name === variant);
  link(kept, target);
}

/** Copies with the paths as they are; on one file system only the folders are new. */
function link(paths: readonly string[], target: string): void {
  const copy = (mode: string): void => {
    execFileSync("cp", [mode, "--parents", ...paths, target], {
      cwd: projectDirectory,
      stdio: ["ignore", "ignore", "pipe"],
    });
  };
  try {
    copy("-al");
  } catch {
    copy("-a");
  }
}

function stageNamed(stages: readonly Stage[], name: string | null): Stage {
  return stages.find((stage) => stage.name === name) ?? { name, instructions: [] };
}

function failed(problem: string): never {
  throw new Error(`deploy/docker/Dockerfile: ${problem}`);
}
