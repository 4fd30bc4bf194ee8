import assert from "node:assert/strict";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { test } from "node:test";
import { pino } from "pino";
import { liveSettings } from "#weir/cli/live-settings.js";
import { loadConfig } from "#weir/config/load.js";
import { keyEntry } from "#weir/keys/key-entry.js";
import { addKey, removeKey } from "#weir/keys/key-file.js";
import { KeyRing } from "#weir/keys/key-ring.js";
import { hashOf } from "#weir/keys/key-secret.js";
import { ModelRegistry } from "#weir/registry/model-registry.js";
import { Admission } from "#weir/server/admission.js";
import { defaultAdmission } from "#weir/server/admission-options.js";
import { Connections } from "#weir/server/connections.js";
import { RequestLog } from "#weir/server/request-log.js";

test("a reload says whose keys came, went and changed in the file, and warns of none at all", async (context) => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "weir-live-keys-"));
  context.after(() => fs.rmSync(folder, { recursive: true }));
  const keysFile = path.join(folder, "keys.yaml");
  const log: Record<string, unknown>[] = [];
  const logger = pino({ base: null }, { write: (line: string) => void log.push(JSON.parse(line)) });
  const [keys, models] = [new KeyRing(), new ModelRegistry(logger)];
  const admission = new Admission(models, defaultAdmission);
  const parts = {
    logger,
    keys,
    admission,
    models,
    connections: new Connections(),
    requestLog: new RequestLog(),
  };
  const live = liveSettings(parts);
  const config = loadConfig({ flags: { keysFile }, environment: {} });
  const reload = (): void => {
    for (const name of ["apiKey", "keysFile"] as const) live.get(name)?.(config, config)?.();
  };
  const add = (name: string, fields: object = {}) =>
    addKey(keysFile, keyEntry.parse({ name, hash: hashOf(name), ...fields }));

  await add("alice");
  await add("bob");
  reload();
  await removeKey(keysFile, "alice");
  await removeKey(keysFile, "bob");
  await add("bob", { weight: 3 });
  await add("carol");
  reload();
  reload();
  await removeKey(keysFile, "bob");
  await removeKey(keysFile, "carol");
  reload();

  const lines = log.map(({ added, removed, changed, msg }) => ({ added, removed, changed, msg }));
  const reloaded = "API keys reloaded";
  assert.deepEqual(lines.slice(0, 4), [
    { added: ["alice", "bob"], removed: [], changed: [], msg: reloaded },
    { added: ["carol"], removed: ["alice"], changed: ["bob"], msg: reloaded },
    { added: [], removed: ["bob", "carol"], changed: [], msg: reloaded },
    {
      added: undefined,
      removed: undefined,
      changed: undefined,
      msg: "there is no API key: nobody is let in",
    },
  ]);
});
