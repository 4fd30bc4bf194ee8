import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { projectDirectory } from "../support/models.js";
import { deployText } from "./deploy-file.js";
import { copiesOf, dockerfileStages } from "./dockerfile.js";
import { makeImageFolder } from "./image-folder.js";
import { ImageProcess } from "./image-process.js";

describe("the files that the image holds, without a right to write, a home or a folder for temporary files", () => {
  let folder = "";
  let image: ImageProcess;
  before(async () => {
    folder = makeImageFolder();
    image = await ImageProcess.start(folder);
  });
  after(async () => {
    await image.end("SIGKILL");
    fs.rmSync(folder, { recursive: true });
  });

  test("are no compiler and no linter", () => {
    const modules = path.join(folder, "opt/weir/node_modules");
    const packages = ["typescript", "@biomejs", "openai", "@node-llama-cpp/linux-x64-cuda"];
    assert.deepEqual(
      packages.filter((name) => fs.existsSync(path.join(modules, name))),
      [],
    );
  });

  test("are enough to answer", async () => {
    const response = await fetch(`${image.url}/v1/chat/completions`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ model: "echo-q4_0", messages: [{ role: "user", content: "out of the image" }] }),
    });
    assert.match(await response.text(), /"content":"out of the image"/);
  });

  test("are a health check that passes until the server has ended, by SIGTERM with 0", async () => {
    assert.equal(image.health(), 0);
    assert.equal(await image.end("SIGTERM"), 0);
    assert.equal(image.health(), 1);
  });
});

const cudaLibrary = path.join(
  projectDirectory,
  "node_modules/@node-llama-cpp/linux-x64-cuda/bins/linux-x64-cuda/libggml-cuda.so",
);

test("the image's base has the CUDA that node-llama-cpp's package is built for", {
  skip: !fs.existsSync(cudaLibrary) && "npm installs the package on Linux with x64 alone",
}, () => {
  const base = /^ARG BASE=nvidia\/cuda:(\d+)\.[\d.]+-runtime-/m.exec(deployText("docker/Dockerfile"));
  const release = base?.[1];
  const library = fs.readFileSync(cudaLibrary);
  for (const needed of ["libcudart", "libcublas"]) assert.ok(library.includes(`\0${needed}.so.${release}\0`));
});

describe("the build's context", () => {
  const sources = dockerfileStages().flatMap((stage) =>
    copiesOf(stage).flatMap(({ from, sources }) => (from === null ? sources : [])),
  );
  const patterns = fs.readFileSync(path.join(projectDirectory, ".dockerignore"), "utf8").split("\n");

  /** The last pattern that matches decides, as in Docker; these are names, folders, and a `*` within a name. */
  function isInContext(file: string): boolean {
    const deciding = patterns
      .filter((line) => line !== "" && !line.startsWith("#"))
      .findLast((line) => {
        const pattern = line.replace(/^!/, "").replaceAll(".", "\\.").replaceAll("*", "[^/]*");
        return new RegExp(`^${pattern}(/|$)`).test(file);
      });
    return deciding === undefined || deciding.startsWith("!");
  }

  const tracked = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], {
    cwd: projectDirectory,
    encoding: "utf8",
  })
    .trim()
    .split("\n");

  test("has all files that the Dockerfile copies", () => {
    const files = tracked.filter((file) =>
      sources.some((from) => file === from || file.startsWith(`${from}/`)),
    );
    assert.ok(files.length > 300);
    assert.deepEqual(
      files.filter((file) => !isInContext(file)),
      [],
    );
    assert.deepEqual(
      sources.filter((source) => !files.some((file) => file === source || file.startsWith(`${source}/`))),
      [],
    );
  });

  test("has no others, and nothing that was built here", () => {
    const others = tracked.filter(
      (file) => !sources.some((from) => file === from || file.startsWith(`${from}/`)),
    );
    assert.deepEqual(others.filter(isInContext), []);
    const built = [
      "node_modules/zod/package.json",
      "dist/main.js",
      "native/build/linux-x64/weir.node",
      "models/x.gguf",
    ];
    assert.deepEqual(built.filter(isInContext), []);
  });
});
