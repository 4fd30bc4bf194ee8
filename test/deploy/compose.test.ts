import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { loadConfig } from "#weir/config/load.js";
import { projectDirectory } from "../support/models.js";
import { deployDocuments, freeingMs, spanMs } from "./deploy-file.js";
import { dockerfileStages, textsOf } from "./dockerfile.js";

const composePath = path.join(projectDirectory, "deploy/docker/compose.yaml");
const weir = deployDocuments("docker/compose.yaml")[0].services.weir;
const configFile = path.join(projectDirectory, "deploy/docker/weir.yaml");

test("the image's settings are a file that Weir takes", () => {
  assert.equal(loadConfig({ flags: {}, environment: {}, configFile }).model, null);
});

test("compose builds with the Dockerfile that is there and waits for the drain of the image's settings", () => {
  const context = path.resolve(path.dirname(composePath), weir.build.context);
  assert.ok(fs.existsSync(path.join(context, weir.build.dockerfile)));
  const { drainDelay, drainTimeout } = loadConfig({ flags: {}, environment: {}, configFile });
  assert.ok(spanMs(weir.stop_grace_period) >= drainDelay + drainTimeout + freeingMs);
});

test("compose mounts the file of settings where the image looks, and publishes the port that it listens on", () => {
  const [image] = dockerfileStages().slice(-1);
  const instructions = image?.instructions ?? [];
  const config = /WEIR_CONFIG=(\S+)/.exec(textsOf(instructions, "ENV").join(" "))?.[1];
  const mounted = weir.volumes.find((volume: string) => volume.startsWith("./weir.yaml:"));
  assert.equal(mounted, `./weir.yaml:${config}:ro`);
  const { port } = loadConfig({ flags: {}, environment: {}, configFile });
  assert.deepEqual(textsOf(instructions, "EXPOSE"), [String(port)]);
  assert.deepEqual(weir.ports, [`127.0.0.1:${port}:${port}`]);
});
