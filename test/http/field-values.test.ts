import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { LightMyRequestResponse } from "fastify";
import { chatRequest } from "#weir/api/openai/chat-request.js";
import { completionRequest } from "#weir/api/openai/completion-request.js";
import { errorResponse } from "#weir/api/openai/responses.js";
import { type EchoServer, startEcho } from "../support/echo-server.js";

let echo: EchoServer;
before(async () => {
  echo = await startEcho({ load: { contextTokens: 512, slots: 8 } });
});
after(() => echo.close());

const endpoints = [
  {
    url: "/v1/chat/completions",
    fields: Object.keys(chatRequest.shape),
    required: "messages",
    base: { messages: [{ role: "user", content: "hi" }], max_tokens: 1 },
  },
  {
    url: "/v1/completions",
    fields: Object.keys(completionRequest.shape),
    required: "prompt",
    base: { prompt: "hi", max_tokens: 1 },
  },
] as const;

/** Of every type, and the ends of its range. */
const values: readonly unknown[] = [
  ...[true, 0, -1, 0.5, -1e308, 2 ** 31, Number.MAX_SAFE_INTEGER, 1e308],
  ...["", "x", "\ud800", "x".repeat(100_000)],
  ...[[], [null], [[]], ["x", -1], Array(5000).fill("x")],
  ...[{}, { x: 1 }, { type: "x" }, { [`k${"x".repeat(10_000)}`]: {} }],
];

function post(url: string, payload: object): Promise<LightMyRequestResponse> {
  return echo.app.inject({ method: "POST", url, payload });
}

/** What is wrong with the reply to a body in which one field has an odd value; null: nothing is. */
function defectOf(reply: LightMyRequestResponse, field: string): string | null {
  if (reply.statusCode === 200) return null;
  const parsed = errorResponse.safeParse(reply.json());
  const status = field === "model" ? [400, 404] : [400];
  if (!status.includes(reply.statusCode) || !parsed.success) return `${reply.statusCode} ${reply.body}`;
  const { message, param } = parsed.data.error;
  if (message.length > 1_000 || (param ?? "").length > 200) return `a message of ${message.length} letters`;
  return param?.startsWith(field) ? null : `the error is about ${param}: ${message}`;
}

async function defectsOf({ url, base }: (typeof endpoints)[number], field: string): Promise<string[]> {
  const found = values.map(async (value) => {
    const defect = defectOf(await post(url, { ...base, [field]: value }), field);
    return defect === null ? [] : [`${field}: ${JSON.stringify(value).slice(0, 60)}: ${defect}`];
  });
  return (await Promise.all(found)).flat();
}

for (const endpoint of endpoints) {
  const { url, fields, required, base } = endpoint;
  describe(url, () => {
    test("takes null for a field as if it were not there, if it may be left out", async () => {
      for (const field of fields) {
        const { statusCode, body } = await post(url, { ...base, [field]: null });
        assert.equal(statusCode, field === required ? 400 : 200, `${field}: ${body}`);
      }
    });

    for (const field of fields) {
      test(`refuses what it can't use of ${field} by its name, whatever that is`, async () => {
        assert.deepEqual(await defectsOf(endpoint, field), []);
      });
    }
  });
}
