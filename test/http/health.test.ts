import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { ModelDirectory } from "#weir/registry/served-model.js";
import { buildApp } from "#weir/server/app.js";
import { createLogger } from "#weir/telemetry/logger.js";
import { startEcho } from "../support/echo-server.js";
import { chatBody, errorOf, postChat } from "./requests.js";

/** A server without a model, in a given state. */
function serverIn(state: ModelDirectory["state"], progress = 0) {
  const models: ModelDirectory = { state, progress, list: () => [], find: () => undefined };
  return buildApp({ models, logger: createLogger("silent") });
}

describe("GET /health", () => {
  test("is ok once the model is loaded", async (context) => {
    const echo = await startEcho();
    context.after(() => echo.close());
    assert.deepEqual((await echo.app.inject("/health")).json(), { status: "ok" });
  });

  test("says how far loading has come, and when to ask again", async () => {
    const response = await serverIn("loading", 0.42).inject("/health");
    assert.equal(response.statusCode, 503);
    assert.equal(errorOf(response).code, "model_loading");
    assert.match(errorOf(response).message, /42 %/);
    assert.equal(response.headers["retry-after"], "5");
  });

  test("says that the server is shutting down", async () => {
    assert.equal(errorOf(await serverIn("closing").inject("/health")).code, "shutting_down");
  });

  test("says that the model could not be loaded", async () => {
    assert.equal(errorOf(await serverIn("failed").inject("/health")).code, "model_load_failed");
  });
});

describe("a server whose model loads", () => {
  test("asks a chat to come back", async () => {
    const response = await postChat(serverIn("loading"), chatBody("hi"));
    assert.equal(response.statusCode, 503);
    assert.equal(response.headers["retry-after"], "5");
  });

  test("does not claim to have no models", async () => {
    assert.equal((await serverIn("loading").inject("/v1/models")).statusCode, 503);
  });
});
