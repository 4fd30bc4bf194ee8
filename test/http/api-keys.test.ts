import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { type EchoServer, startEcho } from "../support/echo-server.js";
import { errorOf } from "./requests.js";

describe("a server with API keys", () => {
  let echo: EchoServer;
  before(async () => {
    echo = await startEcho({ apiKeys: ["sk-one", "sk-two"] });
  });
  after(() => echo.close());

  function listModels(authorization?: string) {
    return echo.app.inject({
      url: "/v1/models",
      headers: authorization === undefined ? {} : { authorization },
    });
  }

  for (const authorization of ["Bearer sk-one", "Bearer sk-two", "bearer  sk-one"]) {
    test(`admits ${JSON.stringify(authorization)}`, async () => {
      assert.equal((await listModels(authorization)).statusCode, 200);
    });
  }

  for (const authorization of [
    undefined,
    "",
    "Bearer",
    "Bearer sk-three",
    "Basic sk-one",
    "sk-one",
    "Bearer sk-one x",
  ]) {
    test(`refuses ${JSON.stringify(authorization)}`, async () => {
      const response = await listModels(authorization);
      assert.equal(response.statusCode, 401);
      assert.equal(errorOf(response).code, "invalid_api_key");
    });
  }

  test("says which scheme it wants", async () => {
    assert.equal((await listModels()).headers["www-authenticate"], 'Bearer realm="weir"');
  });

  test("tells its health to anybody", async () => {
    for (const path of ["/health", "/health/live", "/health/ready"])
      assert.equal((await echo.app.inject(path)).statusCode, 200);
  });
});
