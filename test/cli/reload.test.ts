import assert from "node:assert/strict";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import tls from "node:tls";
import { pino } from "pino";
import { type LiveSettings, liveSettings } from "#weir/cli/live-settings.js";
import { fields } from "#weir/config/fields.js";
import { type Config, configSchema } from "#weir/config/schema.js";
import { KeyRing } from "#weir/keys/key-ring.js";
import { ModelRegistry } from "#weir/registry/model-registry.js";
import { Admission } from "#weir/server/admission.js";
import { defaultAdmission } from "#weir/server/admission-options.js";
import { Connections } from "#weir/server/connections.js";
import { RequestLog } from "#weir/server/request-log.js";
import { projectDirectory } from "../support/models.js";
import { WeirProcess } from "./weir.js";

const tlsFolder = path.join(projectDirectory, "test/support/tls");

test("every setting that the schema calls live has something that applies it, and no other has", () => {
  const live = liveSettingsOf(new ModelRegistry(pino({ level: "silent" })));
  const called = fields.filter(({ setting }) => setting.live).map(({ name }) => name);
  assert.deepEqual([...live.keys()].sort(), called.sort());
});

test("the names of a model that needs a restart wait for it", () => {
  const live = liveSettingsOf(new ModelRegistry(pino({ level: "silent" })));
  const running = configSchema.parse({ model: "qwen3-32b:Q4_K_M" });
  const isApplied = (next: Config) =>
    (["alias", "models", "idleUnload"] as const).map((name) => live.get(name)?.(next, running) !== null);
  assert.deepEqual(isApplied({ ...running, model: "qwen3-32b:Q8_0" }), [false, false, false]);
  assert.deepEqual(isApplied({ ...running, alias: ["qwen"] }), [true, true, true]);
});

function liveSettingsOf(models: ModelRegistry): LiveSettings {
  const logger = pino({ level: "silent" });
  const [keys, connections, requestLog] = [new KeyRing(), new Connections(), new RequestLog()];
  const admission = new Admission(models, defaultAdmission);
  return liveSettings({ logger, keys, admission, connections, models, requestLog });
}

describe("SIGHUP", () => {
  let folder = "";
  let file = "";
  let origin = "";
  let weir: WeirProcess;
  before(async () => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "weir-reload-"));
    file = path.join(folder, "weir.yaml");
    useCertificate("localhost");
    write({ "api-key": "sk-one", alias: "[before, both]" });
    weir = new WeirProcess("--config", file);
    const banner = await weir.ready();
    origin = `http://127.0.0.1:${tcpPort(banner)}`;
  });
  after(async () => {
    await weir.end("SIGKILL");
    fs.rmSync(folder, { recursive: true });
  });

  const base = { listen: "[127.0.0.1:0]", threads: "1" };
  function write(settings: Readonly<Record<string, string>>): void {
    const lines = Object.entries({ ...base, ...settings }).map(([key, value]) => `${key}: ${value}\n`);
    fs.writeFileSync(file, lines.join(""));
  }

  function useCertificate(name: string): void {
    for (const part of ["cert", "key"]) {
      fs.copyFileSync(path.join(tlsFolder, `${name}.${part}.pem`), path.join(folder, `${part}.pem`));
    }
  }

  function tcpPort(banner: string): string {
    return /127\.0\.0\.1:(\d+)/.exec(banner)?.[1] ?? assert.fail(banner);
  }

  async function models(key: string): Promise<unknown> {
    const response = await fetch(`${origin}/v1/models`, { headers: { authorization: `Bearer ${key}` } });
    return response.ok ? response.json() : response.status;
  }

  async function statusOfModel(key: string, name: string): Promise<number> {
    const headers = { authorization: `Bearer ${key}` };
    return (await fetch(`${origin}/v1/models/${name}`, { headers })).status;
  }

  test("applies keys, names and the log's level, and says what needs a restart and where it stands", async () => {
    assert.equal(await statusOfModel("sk-one", "both"), 200);
    write({ "api-key": "sk-two", alias: "[after, both]", "log-level": "debug", parallel: "3" });
    weir.signal("SIGHUP");
    await weir.logged('"changed":["alias","api-key","log-level"],"msg":"configuration reloaded"');
    assert.match(weir.stderr, /"level":"warn".*parallel has changed \(.*weir\.yaml:6\) and needs a restart/);
    assert.equal(await models("sk-one"), 401);
    assert.match(JSON.stringify(await models("sk-two")), /"id":"after"/);
    assert.deepEqual(
      await Promise.all(["after", "both", "before"].map((name) => statusOfModel("sk-two", name))),
      [200, 200, 404],
    );
    await fetch(`${origin}/health`);
    await weir.logged('"path":"/health"');
  });

  test("applies which requests are logged, and what is slow", async () => {
    write({ "api-key": "sk-two", alias: "[after, both]", "access-log": "failed", "slow-request": "1ms" });
    weir.signal("SIGHUP");
    await weir.logged('"changed":["log-level","access-log","slow-request"]');
    const before = weir.stderr.length;
    await models("sk-two");
    const body = JSON.stringify({ messages: [{ role: "user", content: "hi" }] });
    const headers = { authorization: "Bearer sk-two", "content-type": "application/json" };
    await (await fetch(`${origin}/v1/chat/completions`, { method: "POST", headers, body })).text();
    await weir.logged('"msg":"slow generation"');
    await models("sk-wrong");
    await weir.logged('"status":401');
    assert.doesNotMatch(weir.stderr.slice(before), /"status":200/);
  });

  test("leaves everything as it was when the file is wrong, and logs its line", async () => {
    write({ "api-key": "sk-three", alias: "third", "log-levle": "info" });
    weir.signal("SIGHUP");
    await weir.logged('weir.yaml:5:1: unknown key \\"log-levle\\"; did you mean \\"log-level\\"?');
    assert.match(weir.stderr, /"level":"error".*not reloaded, everything stays as it was/);
    assert.equal(await statusOfModel("sk-two", "after"), 200);
    assert.equal(await statusOfModel("sk-three", "third"), 401);
  });

  test("never logs a key", () => {
    assert.doesNotMatch(weir.stderr + weir.stdout, /sk-(one|two|three)/);
  });

  test("reads the certificate again, and keeps the old one while a file is wrong", async () => {
    await weir.end("SIGTERM");
    useCertificate("localhost");
    const certificate = { "tls-cert": "cert.pem", "tls-key": "key.pem" };
    write(certificate);
    weir = new WeirProcess("--config", file);
    const port = tcpPort(await weir.ready());
    const before = await fingerprint(port);
    useCertificate("other");
    weir.signal("SIGHUP");
    await weir.logged("configuration reloaded");
    const renewed = await fingerprint(port);
    assert.notEqual(renewed, before);
    fs.writeFileSync(path.join(folder, "key.pem"), "no key");
    write({ ...certificate, alias: "not-applied" });
    weir.signal("SIGHUP");
    await weir.logged("not reloaded, everything stays as it was: tls-key");
    assert.equal(await fingerprint(port), renewed);
  });
});

async function fingerprint(port: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = tls.connect({ port: Number(port), host: "127.0.0.1", rejectUnauthorized: false }, () => {
      resolve(socket.getPeerX509Certificate()?.fingerprint256 ?? "");
      socket.destroy();
    });
    socket.once("error", reject);
  });
}
