// Compiles the addon against the libraries and the headers that node-llama-cpp's packages bring.
//
// The sources are compiled once; then one `weir.node` is linked for each installed variant (cpu, cuda, vulkan), because
// the variants' libraries have different names. No CMake, no node-gyp, no download: only a C++ compiler and git.
import { execFile, execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import fs from "node:fs";
import { createRequire } from "node:module";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const nativeDirectory = path.dirname(fileURLToPath(import.meta.url));
const sourceDirectory = path.join(nativeDirectory, "src");
const buildDirectory = path.join(nativeDirectory, "build");
const require = createRequire(import.meta.url);
const run = promisify(execFile);

/** llama.cpp's headers, Qwen's tokenizer and chat template; made by `buildAddon`. */
export const llamaSourceDirectory = path.join(buildDirectory, "llama.cpp");

/** What the addon and its tests need of llama.cpp's source tree. */
const neededPaths = [
  "include",
  "ggml/include",
  "common/*.h",
  "common/jinja/*.h",
  "src/llama-ext.h",
  "src/llama-grammar.h",
  "models/ggml-vocab-qwen2.gguf",
  "models/templates/Qwen-Qwen3-0.6B.jinja",
];

/**
 * Builds what is missing or out of date.
 *
 * @param {{ log?: (line: string) => void }} options
 * @returns {Promise<{ built: string[], upToDate: string[] }>} names of variants (`linux-x64`, `linux-x64-cuda`, …)
 * @throws an Error whose message says what was tried and what to install
 */
export async function buildAddon({ log = () => {} } = {}) {
  const llama = installedLlama();
  const variants = installedVariants();
  const stamp = stampOf(llama, variants);
  const stale = variants.filter((variant) => readText(path.join(variant.output, "stamp")) !== stamp);
  if (stale.length === 0) return { built: [], upToDate: variants.map((variant) => variant.name) };

  const compiler = findCompiler();
  checkOutHeaders(llama, log);
  const objects = await compileSources(compiler, llama, log);
  for (const variant of stale) {
    log(`linking for ${variant.name}`);
    link(compiler, objects, variant);
    fs.writeFileSync(path.join(variant.output, "stamp"), stamp);
  }
  return { built: stale.map((variant) => variant.name), upToDate: [] };
}

function installedLlama() {
  let packagePath;
  try {
    packagePath = path.join(path.dirname(require.resolve("node-llama-cpp")), "..", "package.json");
  } catch (error) {
    throw new Error("node-llama-cpp is not installed; run `npm ci` in the project's folder first", {
      cause: error,
    });
  }
  const root = path.dirname(packagePath);
  const version = JSON.parse(fs.readFileSync(packagePath, "utf8")).version;
  const wanted = JSON.parse(fs.readFileSync(path.join(nativeDirectory, "..", "package.json"), "utf8"))
    .dependencies["node-llama-cpp"];
  if (version !== wanted) {
    throw new Error(
      `node-llama-cpp ${version} is installed, but Weir is written for ${wanted}; run \`npm ci\``,
    );
  }
  const { release } = JSON.parse(
    fs.readFileSync(path.join(root, "llama/binariesGithubRelease.json"), "utf8"),
  );
  return { version, release, bundle: path.join(root, "llama/gitRelease.bundle") };
}

function installedVariants() {
  if (process.platform !== "linux") {
    throw new Error(`Weir runs on Linux (x64, arm64); this is ${process.platform} ${process.arch}`);
  }
  const scope = path.join(path.dirname(require.resolve("node-llama-cpp")), "../../@node-llama-cpp");
  const prefix = `linux-${process.arch}`;
  const names = fs.existsSync(scope) ? fs.readdirSync(scope).filter((name) => name.startsWith(prefix)) : [];
  const variants = names.flatMap((name) => {
    const libraries = path.join(scope, name, "bins", name);
    if (!fs.existsSync(path.join(libraries, "libllama-common.so"))) return []; // e.g. linux-x64-cuda-ext: an add-on of another
    return [{ name, libraries, output: path.join(buildDirectory, name) }];
  });
  if (variants.length === 0) {
    throw new Error(
      `no llama.cpp build for ${prefix} among node-llama-cpp's packages (looked for ${scope}/${prefix}*); ` +
        "run `npm ci` without --omit=optional",
    );
  }
  return variants;
}

function stampOf({ version, release }, variants) {
  const hash = createHash("sha256").update(`${version} ${release} ${process.versions.napi}`);
  for (const file of sourceFiles())
    hash.update(file).update(fs.readFileSync(path.join(sourceDirectory, file)));
  hash.update(fs.readFileSync(fileURLToPath(import.meta.url)));
  for (const variant of variants) hash.update(variant.libraries);
  return hash.digest("hex");
}

function sourceFiles() {
  return fs.readdirSync(sourceDirectory).sort();
}

function findCompiler() {
  // Like make, takes flags along: CXX="g++ -m64".
  const candidates = process.env.CXX ? [process.env.CXX] : ["g++", "c++", "clang++"];
  for (const candidate of candidates) {
    try {
      const [program = "", ...flags] = candidate.trim().split(/\s+/);
      execFileSync(program, ["--version"], { stdio: "ignore" });
      return { program, flags };
    } catch {
      // the next one
    }
  }
  throw new Error(
    `no C++ compiler (tried ${candidates.join(", ")}); install one, on Debian and Ubuntu with \`apt-get install g++\``,
  );
}

function checkOutHeaders({ release, bundle }, log) {
  const done = path.join(llamaSourceDirectory, ".release");
  const wanted = [release, ...neededPaths].join("\n");
  if (readText(done) === wanted) return;
  log(`unpacking llama.cpp ${release}'s headers from node-llama-cpp's source bundle`);
  fs.rmSync(llamaSourceDirectory, { recursive: true, force: true });
  const git = (...args) => execFileSync("git", args, { stdio: ["ignore", "ignore", "pipe"] });
  git("clone", "--quiet", "--no-checkout", bundle, llamaSourceDirectory);
  git("-C", llamaSourceDirectory, "checkout", "--quiet", "HEAD", "--", ...neededPaths);
  fs.rmSync(path.join(llamaSourceDirectory, ".git"), { recursive: true });
  fs.writeFileSync(done, wanted);
}

async function compileSources(compiler, { version, release }, log) {
  const objectDirectory = path.join(buildDirectory, "objects");
  fs.mkdirSync(objectDirectory, { recursive: true });
  const includes = [
    path.dirname(require.resolve("node-addon-api")),
    require("node-api-headers").include_dir,
    ...["include", "ggml/include", "common", "src"].map((folder) => path.join(llamaSourceDirectory, folder)),
  ];
  const flags = [
    "-std=c++17",
    "-O3",
    "-fPIC",
    "-pthread",
    "-Wall",
    "-Wextra",
    "-DNAPI_VERSION=8",
    // Any C++ exception that leaves a native function becomes a JavaScript one.
    "-DNODE_ADDON_API_CPP_EXCEPTIONS_ALL",
    // A thread that is being terminated takes no exception: without this the process would end with std::terminate.
    "-DNODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS",
    `-DWEIR_NODE_LLAMA_CPP_VERSION="${version}"`,
    `-DWEIR_LLAMA_CPP_RELEASE="${release}"`,
    ...includes.flatMap((folder) => ["-isystem", folder]),
  ];
  const pending = sourceFiles().filter((file) => file.endsWith(".cc"));
  const objects = pending.map((file) => path.join(objectDirectory, file.replace(/\.cc$/, ".o")));
  log(`compiling ${pending.length} files with ${compiler.program}`);
  const compileNext = async () => {
    for (let file = pending.shift(); file !== undefined; file = pending.shift()) {
      const object = path.join(objectDirectory, file.replace(/\.cc$/, ".o"));
      await run(compiler.program, [
        ...compiler.flags,
        ...flags,
        "-c",
        path.join(sourceDirectory, file),
        "-o",
        object,
      ]).catch((error) => {
        throw new Error(
          `${compiler.program} could not compile native/src/${file}:\n${error.stderr || error.message}`,
        );
      });
    }
  };
  await Promise.all(Array.from({ length: os.availableParallelism() }, compileNext));
  return objects;
}

function link(compiler, objects, { libraries, output }) {
  fs.mkdirSync(output, { recursive: true });
  const names = fs
    .readdirSync(libraries)
    .filter((name) => /^lib(llama|ggml)(-common|-base)?(\.[a-z0-9.]+)?\.so$/.test(name));
  // A relative path keeps the build valid when the project's folder is moved.
  const runPath = `$ORIGIN/${path.relative(output, libraries)}`;
  const target = path.join(output, "weir.node");
  const inputs = [...objects, ...names.map((name) => path.join(libraries, name))];
  // The libraries' own dependencies (CUDA's, say) need not be on the machine that links.
  const flags = ["-shared", "-pthread", "-Wl,--allow-shlib-undefined", `-Wl,-rpath,${runPath}`];
  execFileSync(compiler.program, [...compiler.flags, ...inputs, ...flags, "-o", `${target}.new`], {
    stdio: ["ignore", "inherit", "inherit"],
  });
  // Replaced whole: a process that has the old file mapped keeps it.
  fs.renameSync(`${target}.new`, target);
}

function readText(file) {
  try {
    return fs.readFileSync(file, "utf8");
  } catch {
    return null;
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { built, upToDate } = await buildAddon({ log: (line) => console.log(line) });
  console.log(built.length > 0 ? `built: ${built.join(", ")}` : `up to date: ${upToDate.join(", ")}`);
}
