import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { liveness } from "#weir/api/openai/responses.js";
import type { ModelDirectory } from "#weir/registry/served-model.js";
import { buildApp } from "#weir/server/app.js";
import { Readiness } from "#weir/server/readiness.js";
import { createLogger } from "#weir/telemetry/logger.js";
import { startEcho } from "../support/echo-server.js";
import { chatBody, errorOf, postChat } from "./requests.js";

function directoryIn(state: ModelDirectory["state"], progress = 0): ModelDirectory {
  return { state, progress, list: () => [], find: () => undefined };
}

/** A server without a model, in a given state. */
function serverIn(state: ModelDirectory["state"], progress = 0) {
  return buildApp({ models: directoryIn(state, progress), logger: createLogger("silent") });
}

for (const path of ["/health", "/health/ready"]) {
  describe(`GET ${path}`, () => {
    test("is ok once the model is loaded, and until the server is about to leave", async (context) => {
      const models = directoryIn("ready");
      const readiness = new Readiness(models);
      const echo = await startEcho({ app: { readiness } });
      context.after(() => echo.close());
      assert.deepEqual((await echo.app.inject(path)).json(), { status: "ok" });
      readiness.leave();
      const response = await echo.app.inject(path);
      assert.deepEqual([response.statusCode, errorOf(response).code], [503, "shutting_down"]);
      assert.equal((await postChat(echo.app, chatBody("hi"))).statusCode, 200);
    });

    test("says how far loading has come, and when to ask again", async () => {
      const response = await serverIn("loading", 0.42).inject(path);
      assert.equal(response.statusCode, 503);
      assert.equal(errorOf(response).code, "model_loading");
      assert.match(errorOf(response).message, /42 %/);
      assert.equal(response.headers["retry-after"], "5");
    });

    test("says that the server is shutting down", async () => {
      assert.equal(errorOf(await serverIn("closing").inject(path)).code, "shutting_down");
    });

    test("says that the model could not be loaded", async () => {
      assert.equal(errorOf(await serverIn("failed").inject(path)).code, "model_load_failed");
    });
  });
}

describe("GET /health/live", () => {
  for (const [state, told] of [
    ["loading", "loading"],
    ["ready", "ready"],
    ["failed", "failed"],
    ["closing", "draining"],
  ] as const) {
    test(`answers while the models are ${state}, and says ${told}`, async () => {
      const response = await serverIn(state).inject("/health/live");
      assert.equal(response.statusCode, 200);
      assert.deepEqual(liveness.parse(response.json()), { status: "ok", state: told });
    });
  }

  test("answers of a server that is about to leave that it drains", async () => {
    const models = directoryIn("ready");
    const readiness = new Readiness(models);
    readiness.leave();
    const app = buildApp({ models, readiness, logger: createLogger("silent") });
    assert.equal((await app.inject("/health/live")).json().state, "draining");
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
