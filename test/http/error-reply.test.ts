import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { apiErrorTable, WeirError } from "#weir/errors.js";
import { toErrorResponse } from "#weir/server/error-reply.js";
import { retryHeaders } from "#weir/server/retry-headers.js";

describe("an error on the wire", () => {
  test("says nothing of the inside, and where to look", () => {
    const { error } = toErrorResponse(new WeirError("engine_failed", "/secret/model.gguf"), "req_1");
    assert.equal(error.message, "The server failed on this request (id req_1); its log says why.");
  });

  test("is the server's where the status is 5xx", () => {
    assert.equal(toErrorResponse(new WeirError("internal_error", ""), "req_1").error.type, "server_error");
  });

  test("is the request's where the status is 4xx", () => {
    const { error } = toErrorResponse(new WeirError("invalid_value", "m", { param: "top_p" }), "req_1");
    assert.deepEqual(error, {
      message: "m",
      type: "invalid_request_error",
      param: "top_p",
      code: "invalid_value",
    });
  });
});

describe("what an error tells SDKs about trying again", () => {
  test("is no, where nothing would change", () => {
    assert.deepEqual(retryHeaders(new WeirError("internal_error", "")), { "x-should-retry": "false" });
  });

  test("is when, where it would", () => {
    assert.deepEqual(retryHeaders(new WeirError("model_loading", "")), {
      "x-should-retry": "true",
      "retry-after": "5",
      "retry-after-ms": "5000",
    });
  });

  test("is the time that was measured, where one was", () => {
    const error = new WeirError("queue_full", "", { retryAfterMs: 1_200 });
    assert.deepEqual(retryHeaders(error), {
      "x-should-retry": "true",
      "retry-after": "2",
      "retry-after-ms": "1200",
    });
  });

  test("is no for every refusal of a request that has arrived", () => {
    const mayPass = [408, 409, 429];
    const refusals = Object.entries(apiErrorTable).filter(
      ([, { status }]) => status < 500 && !mayPass.includes(status),
    );
    assert.deepEqual(
      refusals.filter(([, { retry }]) => retry !== "never"),
      [],
    );
  });

  test("is yes for every 503", () => {
    const unavailable = Object.values(apiErrorTable).filter(({ status }) => status === 503);
    assert.ok(unavailable.every(({ retry }) => retry !== "never"));
  });
});
