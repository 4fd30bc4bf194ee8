import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { InjectOptions } from "fastify";
import { type EchoServer, startEcho } from "../support/echo-server.js";
import { errorOf } from "./requests.js";

const chatUrl = "/v1/chat/completions";
const json = { "content-type": "application/json" };

interface Refusal {
  readonly name: string;
  readonly request: InjectOptions;
  readonly status: number;
  readonly code: string;
  readonly message: RegExp;
}

const refusals: readonly Refusal[] = [
  {
    name: "a body that is not JSON",
    request: { method: "POST", url: chatUrl, headers: json, payload: '{"model":"echo",}' },
    status: 400,
    code: "invalid_json",
    message: /at position 16/,
  },
  {
    name: "an empty body",
    request: { method: "POST", url: chatUrl, headers: json, payload: "" },
    status: 400,
    code: "invalid_json",
    message: /is empty/,
  },
  {
    name: "JSON that nests too deep",
    request: {
      method: "POST",
      url: chatUrl,
      headers: json,
      payload: `{"messages":${"[".repeat(250)}${"]".repeat(250)}}`,
    },
    status: 400,
    code: "invalid_json",
    message: /more than 200 deep/,
  },
  {
    name: "a compressed body",
    request: {
      method: "POST",
      url: chatUrl,
      headers: { ...json, "content-encoding": "gzip" },
      payload: "x",
    },
    status: 415,
    code: "unsupported_media_type",
    message: /encoding gzip/,
  },
  {
    name: "more messages than anybody sends",
    request: { method: "POST", url: chatUrl, payload: { messages: Array(20_000).fill(0) } },
    status: 400,
    code: "invalid_value",
    message: /^messages has 20000 entries: the limit is 16384\.$/,
  },
  {
    name: "more messages than a slot has tokens",
    request: {
      method: "POST",
      url: chatUrl,
      payload: { messages: Array(2_100).fill({ role: "user", content: "" }) },
    },
    status: 400,
    code: "context_length_exceeded",
    message: /context length is \d+ tokens, but there are 2100 messages/,
  },
  {
    name: "template arguments that stand for the request's own fields",
    request: {
      method: "POST",
      url: chatUrl,
      payload: { messages: [{ role: "user", content: "a" }], chat_template_kwargs: { messages: [] } },
    },
    status: 400,
    code: "invalid_value",
    message: /^chat_template_kwargs must not set messages/,
  },
  {
    name: "half a character as a stop string",
    request: {
      method: "POST",
      url: chatUrl,
      payload: { messages: [{ role: "user", content: "a" }], stop: "\udc69" },
    },
    status: 400,
    code: "invalid_value",
    message: /^stop must be whole characters/,
  },
  {
    name: "a value that is out of range",
    request: {
      method: "POST",
      url: chatUrl,
      payload: { messages: [{ role: "user", content: "a" }], top_p: 2 },
    },
    status: 400,
    code: "invalid_value",
    message: /^top_p must be at most 1, got 2\.$/,
  },
  {
    name: "an image",
    request: {
      method: "POST",
      url: chatUrl,
      payload: { messages: [{ role: "user", content: [{ type: "image_url" }] }] },
    },
    status: 400,
    code: "invalid_value",
    message: /^messages\[0\]\.content\[0\] is a part of type "image_url"/,
  },
  {
    name: "a model that is not served",
    request: {
      method: "POST",
      url: chatUrl,
      payload: { model: "gpt-4o", messages: [{ role: "user", content: "a" }] },
    },
    status: 404,
    code: "model_not_found",
    message: /"gpt-4o" does not exist: this server has echo/,
  },
  {
    name: "a path that does not exist",
    request: { method: "GET", url: "/v1/nothing?secret=1" },
    status: 404,
    code: "route_not_found",
    message: /no GET \/v1\/nothing here/,
  },
  {
    name: "a path with a broken escape",
    request: { method: "GET", url: "/v1/models/%zz" },
    status: 404,
    code: "route_not_found",
    message: /percent escape/,
  },
  {
    name: "a body that is too large",
    request: { method: "POST", url: chatUrl, headers: json, payload: " ".repeat(100_001) },
    status: 413,
    code: "body_too_large",
    message: /limit is 100000 bytes/,
  },
  {
    name: "a body that is not said to be JSON",
    request: { method: "POST", url: chatUrl, headers: { "content-type": "text/plain" }, payload: "{}" },
    status: 415,
    code: "unsupported_media_type",
    message: /application\/json/,
  },
];

describe("the server refuses", () => {
  let echo: EchoServer;
  before(async () => {
    echo = await startEcho({ app: { bodyLimitBytes: 100_000 } });
  });
  after(() => echo.close());

  for (const { name, request, status, code, message } of refusals) {
    test(name, async () => {
      const response = await echo.app.inject(request);
      const error = errorOf(response);
      assert.deepEqual({ status: response.statusCode, code: error.code }, { status, code });
      assert.match(error.message, message);
    });
  }

  test("a method that a path does not have, and says which it has", async () => {
    const response = await echo.app.inject({ method: "DELETE", url: chatUrl });
    assert.equal(errorOf(response).code, "method_not_allowed");
    assert.equal(response.headers.allow, "POST");
  });

  test("with the request's id", async () => {
    const response = await echo.app.inject({ url: "/nothing", headers: { "x-request-id": "trace-1" } });
    assert.equal(response.headers["x-request-id"], "trace-1");
  });

  test("a request id that could break a log line, and gives its own", async () => {
    const response = await echo.app.inject({ url: "/health", headers: { "x-request-id": "a b" } });
    assert.match(String(response.headers["x-request-id"]), /^req_[0-9a-f]{32}$/);
  });

  test("a request id that is too long, and gives its own", async () => {
    const response = await echo.app.inject({ url: "/health", headers: { "x-request-id": "a".repeat(129) } });
    assert.match(String(response.headers["x-request-id"]), /^req_/);
  });
});
