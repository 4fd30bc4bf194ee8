import assert from "node:assert/strict";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { test } from "node:test";
import { startEcho } from "../support/echo-server.js";
import { modelPaths } from "../support/models.js";
import { chat } from "./requests.js";

test("system_fingerprint says which file answers, and tells it from one of the same name, size and shape", async (context) => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "weir-fingerprint-"));
  const echo = await startEcho({ load: { slots: 1, contextTokens: 256 } });
  context.after(async () => {
    await echo.close();
    fs.rmSync(folder, { recursive: true });
  });
  const bytes = fs.readFileSync(modelPaths.echo);
  const key = "general.name";
  // Behind the key its type and its length.
  const first = bytes.indexOf(key) + key.length + 12;
  bytes[first] = (bytes[first] ?? 0) ^ 1;
  const namesake = path.join(folder, path.basename(modelPaths.echo));
  fs.writeFileSync(namesake, bytes);

  const fingerprint = async () => (await chat(echo.app, "hi")).system_fingerprint;
  const told = [await fingerprint()];
  for (const model of [modelPaths.echoQ8, namesake, modelPaths.echo]) {
    const order = { method: "POST", url: "/admin/models/echo/swap", payload: { model } } as const;
    assert.equal((await echo.app.inject(order)).statusCode, 200);
    told.push(await fingerprint());
  }
  assert.equal(new Set(told).size, 3);
  assert.equal(told.at(-1), told[0]);
});
