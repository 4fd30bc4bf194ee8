import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { modelCard, modelList } from "#weir/api/openai/responses.js";
import { type EchoServer, startEcho } from "../support/echo-server.js";
import { errorOf } from "./requests.js";

describe("GET /v1/models", () => {
  let echo: EchoServer;
  before(async () => {
    echo = await startEcho({ load: { alias: "team/echo" } });
  });
  after(() => echo.close());

  for (const url of ["/v1/models", "/models"]) {
    test(`lists the model on ${url}`, async () => {
      const { data } = modelList.parse((await echo.app.inject(url)).json());
      assert.deepEqual(
        data.map(({ id }) => id),
        ["team/echo"],
      );
    });
  }

  for (const url of ["/v1/models/team/echo", "/v1/models/team%2Fecho", "/models/team/echo"]) {
    test(`finds the model on ${url}`, async () => {
      assert.equal(modelCard.parse((await echo.app.inject(url)).json()).id, "team/echo");
    });
  }

  test("does not know another model", async () => {
    const response = await echo.app.inject("/v1/models/team/other");
    assert.equal(response.statusCode, 404);
    assert.equal(errorOf(response).code, "model_not_found");
  });

  test("does not say a name back that is as long as a body may be", async () => {
    const payload = { model: "x".repeat(1_000_000), content: "" };
    const response = await echo.app.inject({ method: "POST", url: "/tokenize", payload });
    assert.ok(errorOf(response).message.length < 250);
  });
});
