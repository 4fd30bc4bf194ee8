import { spawnSync } from "node:child_process";
import fs from "node:fs";
import { createRequire } from "node:module";
import os from "node:os";
import path from "node:path";
import { projectDirectory } from "#weir/llama/addon.js";
import { cacheFolder } from "../cache-folder.js";
import type { LlamaServerBuild } from "./llama-server.js";

const recipePath = path.join(projectDirectory, "bench", "peers", "llama-server", "CMakeLists.txt");

/** llama-server can't be built or found here. The message says why; the bench goes on without it. */
export class PeerUnavailable extends Error {}

/**
 * Builds llama-server out of node-llama-cpp's own source bundle against the libraries of a variant, some minutes the
 * first time.
 *
 * @param variant `linux-x64`, `linux-x64-cuda`, …: the one that Weir computes with
 * @throws PeerUnavailable where a tool is missing or the build fails
 */
export function buildLlamaServer(variant: string, progress: (line: string) => void): LlamaServerBuild {
  const { release, bundle, libraries } = bundled(variant);
  const suffix = librarySuffix(libraries);
  const source = path.join(cacheFolder, `llama.cpp-${release}`);
  const build = path.join(cacheFolder, `llama-server-${release}-${variant}`);
  const executable = path.join(build, "llama-server");
  const recipe = fs.readFileSync(recipePath, "utf8");
  const stampPath = path.join(build, "stamp");
  // The executable has the libraries' folder in it: another installation needs another link.
  const stamp = `${libraries}\n${recipe}`;
  if (fs.existsSync(stampPath) && fs.readFileSync(stampPath, "utf8") === stamp) {
    return { executable, libraries };
  }

  for (const tool of ["cmake", "git"]) {
    if (spawnSync(tool, ["--version"]).status !== 0) {
      throw new PeerUnavailable(`llama-server can't be built without ${tool} (apt-get install ${tool})`);
    }
  }
  if (!fs.existsSync(source)) {
    progress(`unpacking llama.cpp ${release} into ${source}`);
    const partial = `${source}.part`;
    fs.rmSync(partial, { recursive: true, force: true });
    run("git", ["clone", "--quiet", bundle, partial]);
    fs.renameSync(partial, source);
  }
  progress("building llama-server, some minutes the first time");
  const generator = spawnSync("ninja", ["--version"]).status === 0 ? ["-G", "Ninja"] : [];
  const definitions = [
    "-DCMAKE_BUILD_TYPE=Release",
    `-DLLAMA_SOURCE=${source}`,
    `-DLLAMA_LIBRARIES=${libraries}`,
    `-DLLAMA_SUFFIX=${suffix}`,
  ];
  // CMake wants a build folder's sources to stay where they are, and checkouts of this repository come and go.
  const recipeFolder = path.join(build, "recipe");
  fs.mkdirSync(recipeFolder, { recursive: true });
  fs.writeFileSync(path.join(recipeFolder, "CMakeLists.txt"), recipe);
  run("cmake", ["-S", recipeFolder, "-B", build, ...generator, ...definitions]);
  run("cmake", ["--build", build, "--target", "llama-server", "-j", String(os.availableParallelism())]);
  fs.writeFileSync(stampPath, stamp);
  return { executable, libraries };
}

/** What node-llama-cpp brings: its llama.cpp release as a git bundle, and the libraries that were built of it. */
function bundled(variant: string): { release: string; bundle: string; libraries: string } {
  const entry = createRequire(import.meta.url).resolve("node-llama-cpp");
  const folder = path.join(path.dirname(entry), "..", "llama");
  const about = fs.readFileSync(path.join(folder, "binariesGithubRelease.json"), "utf8");
  const { release } = JSON.parse(about) as { release: string }; // node-llama-cpp's own file
  const libraries = path.join(folder, "../../@node-llama-cpp", variant, "bins", variant);
  return { release, bundle: path.join(folder, "gitRelease.bundle"), libraries };
}

/** What a variant's libraries carry in their names: `.v0.5.0` of `libllama.v0.5.0.so`. */
function librarySuffix(libraries: string): string {
  const names = fs.readdirSync(libraries).flatMap((name) => /^libllama(\..*)\.so$/.exec(name)?.[1] ?? []);
  const [suffix] = names;
  if (suffix === undefined) throw new PeerUnavailable(`there is no libllama in ${libraries}`);
  return suffix;
}

function run(program: string, flags: readonly string[]): void {
  const { status, stdout, stderr } = spawnSync(program, flags, { encoding: "utf8", maxBuffer: 2 ** 28 });
  if (status === 0) return;
  const output = `${stdout}${stderr}`.trimEnd().split("\n").slice(-20).join("\n");
  throw new PeerUnavailable(`\`${[program, ...flags].join(" ")}\` failed:\n${output}`);
}
