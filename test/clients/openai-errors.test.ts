import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import OpenAI, { APIError, AuthenticationError, BadRequestError } from "openai";
import { pino } from "pino";
import { ModelRegistry } from "#weir/registry/model-registry.js";
import { buildApp } from "#weir/server/app.js";
import { type EchoServer, startEcho } from "../support/echo-server.js";
import { userSays } from "./openai-client.js";

const apiKey = "sk-test";

describe("the openai package, set to retry twice,", () => {
  let echo: EchoServer;
  before(async () => {
    echo = await startEcho({ apiKeys: [apiKey], app: { bodyLimitBytes: 12_000 }, listen: true });
  });
  after(() => echo.close());

  /** What came of a request, and how often it was sent. */
  async function attempt(
    act: (client: OpenAI) => Promise<unknown>,
    options: ConstructorParameters<typeof OpenAI>[0] = {},
  ): Promise<{ error: unknown; attempts: number }> {
    let attempts = 0;
    const client = new OpenAI({
      baseURL: `${echo.url}/v1`,
      apiKey,
      maxRetries: 2,
      fetch: (...request) => {
        attempts++;
        return fetch(...request);
      },
      ...options,
    });
    const error = await act(client).then(
      () => null,
      (thrown: unknown) => thrown,
    );
    return { error, attempts };
  }

  const permanent = [
    {
      what: "a value out of range",
      act: (client) => client.chat.completions.create({ ...userSays("hi"), temperature: 3 }),
      type: "BadRequestError",
      code: "invalid_value",
    },
    {
      what: "a prompt that does not fit",
      act: (client) => client.chat.completions.create(userSays("word ".repeat(2_300))),
      type: "BadRequestError",
      code: "context_length_exceeded",
    },
    {
      what: "another model",
      act: (client) => client.chat.completions.create({ ...userSays("hi"), model: "gpt-4o" }),
      type: "NotFoundError",
      code: "model_not_found",
    },
    {
      what: "an endpoint that is not there",
      act: (client) => client.images.generate({ prompt: "a weir" }),
      type: "NotFoundError",
      code: "route_not_found",
    },
    {
      what: "a body that is too large",
      act: (client) => client.chat.completions.create(userSays("x".repeat(12_000))),
      type: "APIError",
      code: "body_too_large",
    },
  ] satisfies {
    what: string;
    act: (client: OpenAI) => Promise<unknown>;
    type: string;
    code: string;
  }[];

  for (const { what, act, type, code } of permanent) {
    test(`asks once about ${what}`, async () => {
      const { error, attempts } = await attempt(act);
      assert.ok(error instanceof APIError, String(error));
      assert.deepEqual([error.constructor.name, error.code, attempts], [type, code, 1]);
    });
  }

  test("asks once with a wrong key", async () => {
    const { error, attempts } = await attempt((client) => client.models.list(), { apiKey: "sk-wrong" });
    assert.ok(error instanceof AuthenticationError);
    assert.deepEqual([error.code, attempts], ["invalid_api_key", 1]);
  });

  test("asks once for a stream that is refused", async () => {
    const { error, attempts } = await attempt((client) =>
      client.chat.completions.create({ ...userSays("hi"), temperature: 3, stream: true }),
    );
    assert.ok(error instanceof BadRequestError);
    assert.equal(attempts, 1);
  });

  test("knows of a refusal its message, type, field, code and id", async () => {
    const { error } = await attempt((client) =>
      client.chat.completions.create({ ...userSays("hi"), temperature: 3 }),
    );
    assert.ok(error instanceof BadRequestError);
    assert.match(error.message, /temperature must be at most 2/);
    assert.deepEqual(
      [error.type, error.param, error.code],
      ["invalid_request_error", "temperature", "invalid_value"],
    );
    assert.match(error.requestID ?? "", /^req_/);
  });
});

describe("the openai package, while the model loads,", () => {
  const logger = pino({ level: "silent" });
  const app = buildApp({ models: new ModelRegistry(logger), logger });
  let url: string;
  before(async () => {
    url = await app.listen({ host: "127.0.0.1", port: 0 });
  });
  after(() => app.close());

  test("is told that and when it may ask again", async () => {
    const client = new OpenAI({ baseURL: `${url}/v1`, apiKey, maxRetries: 0 });
    const error = await client.chat.completions.create(userSays("hi")).catch((thrown: unknown) => thrown);
    assert.ok(error instanceof OpenAI.InternalServerError);
    assert.deepEqual([error.status, error.code], [503, "model_loading"]);
    assert.notEqual(error.headers?.get("x-should-retry"), "false");
    assert.ok(Number(error.headers?.get("retry-after")) > 0);
  });
});
