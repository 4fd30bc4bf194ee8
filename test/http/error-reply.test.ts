import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { WeirError } from "#weir/errors.js";
import { toErrorResponse } from "#weir/server/error-reply.js";

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
