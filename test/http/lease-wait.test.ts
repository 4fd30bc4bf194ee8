import assert from "node:assert/strict";
import { test } from "node:test";
import type { ModelDirectory, ServedModel } from "#weir/registry/served-model.js";
import { Admission } from "#weir/server/admission.js";
import { defaultAdmission } from "#weir/server/admission-options.js";
import { buildApp } from "#weir/server/app.js";
import { createLogger } from "#weir/telemetry/logger.js";
import { changedModel } from "../support/changed-model.js";
import { startEcho } from "../support/echo-server.js";
import { chatBody, errorOf, eventually, postChat } from "./requests.js";

function serverOf(model: ServedModel) {
  const models: ModelDirectory = { state: "ready", progress: 1, list: () => [model], find: () => model };
  const admission = new Admission(models, defaultAdmission);
  return { admission, app: buildApp({ models, admission, logger: createLogger("silent") }) };
}

test("who was let in and finds no instance has one loaded, and is told at once that the server goes away", {
  timeout: 20_000,
}, async (context) => {
  const echo = await startEcho({ load: { slots: 1, contextTokens: 256 } });
  let wanted = 0;
  const want = (): void => {
    wanted++;
  };
  // As between its unloading and its next loading.
  const { app, admission } = serverOf(changedModel(echo.hosted, { lease: () => null, want }));
  context.after(async () => {
    await app.close();
    await echo.close();
  });
  const waiting = postChat(app, chatBody("hi"));
  await eventually(async () => wanted === 2);
  admission.close();
  const response = await waiting;
  assert.deepEqual([response.statusCode, errorOf(response).code], [503, "shutting_down"]);
});

test("a place is given back where choosing an instance fails of a defect", async (context) => {
  const echo = await startEcho({ load: { slots: 1, contextTokens: 256 } });
  const lease = (): never => {
    throw new Error("a defect");
  };
  const model = changedModel(echo.hosted, { lease });
  const { app, admission } = serverOf(model);
  context.after(async () => {
    await app.close();
    await echo.close();
  });
  const response = await postChat(app, chatBody("hi"));
  assert.equal(response.statusCode, 500);
  assert.deepEqual(
    admission.status(model).map(({ lane, busy }) => [lane, busy]),
    [["answers", 0]],
  );
});
