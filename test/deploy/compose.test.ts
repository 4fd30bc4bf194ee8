import assert from "node:assert/strict";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { test } from "node:test";
import { loadConfig } from "#weir/config/load.js";
import { projectDirectory } from "../support/models.js";
import { deployDocuments, freeingMs, spanMs } from "./deploy-file.js";
import { dockerfileStages, textsOf } from "./dockerfile.js";

const composePath = path.join(projectDirectory, "deploy/docker/compose.yaml");
const weir = deployDocuments("docker/compose.yaml")[0].services.weir;
const configFile = path.join(projectDirectory, "deploy/docker/etc/weir.yaml");

const image = dockerfileStages().at(-1)?.instructions ?? [];
const variables = Object.fromEntries(
  textsOf(image, "ENV").flatMap((text) => text.split(/\s+/).map((word) => word.split("="))),
);

test("the image's settings are a file that Weir takes, and answer outside of the container", () => {
  const config = loadConfig({ flags: {}, environment: variables, configFile });
  assert.deepEqual([config.model, config.host], [null, "0.0.0.0"]);
});

test("the image's variables leave a mounted file its own addresses", () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "weir-compose-"));
  const mounted = path.join(folder, "weir.yaml");
  fs.writeFileSync(mounted, 'listen: ["[::]:8000", unix:/run/weir.sock]\n');
  const { listen } = loadConfig({ flags: {}, environment: variables, configFile: mounted });
  fs.rmSync(folder, { recursive: true });
  assert.equal(listen.length, 2);
});

test("compose builds with the Dockerfile that is there and waits for the drain of the image's settings", () => {
  const context = path.resolve(path.dirname(composePath), weir.build.context);
  assert.ok(fs.existsSync(path.join(context, weir.build.dockerfile)));
  const { drainDelay, drainTimeout } = loadConfig({ flags: {}, environment: {}, configFile });
  assert.ok(spanMs(weir.stop_grace_period) >= drainDelay + drainTimeout + freeingMs);
});

test("compose mounts the folder of settings where the image looks, and publishes the port that it listens on", () => {
  const mounted = path.relative(path.dirname(composePath), path.dirname(configFile));
  assert.ok(weir.volumes.includes(`./${mounted}:${path.dirname(variables.WEIR_CONFIG)}:ro`));
  assert.equal(path.basename(variables.WEIR_CONFIG), path.basename(configFile));
  const { port } = loadConfig({ flags: {}, environment: {}, configFile });
  assert.deepEqual(textsOf(image, "EXPOSE"), [String(port)]);
  assert.deepEqual(weir.ports, [`127.0.0.1:${port}:${port}`]);
});
