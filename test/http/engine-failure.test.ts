import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { errorResponse } from "#weir/api/openai/responses.js";
import { startEcho } from "../support/echo-server.js";
import { chatBody, errorOf, eventually, postChat } from "./requests.js";

/** The answer to a long request whose engine is taken away while it decodes. */
async function answerWithoutEngine(context: TestContext, fields: object) {
  const echo = await startEcho({ load: { slots: 1, contextTokens: 8_192 } });
  context.after(() => echo.close());
  const answer = postChat(echo.app, chatBody("endless ".repeat(1_500), fields));
  await eventually(async () => (await echo.model.slotTable()).some(({ state }) => state === "decode"));
  await echo.model.close();
  return { response: await answer, log: echo.log };
}

test("a stream whose engine fails ends with an error and the end mark", async (context) => {
  const { response } = await answerWithoutEngine(context, { stream: true });
  const [failure = "", end] = response.body.trimEnd().split("\n\n").slice(-2);
  assert.equal(end, "data: [DONE]");
  assert.equal(errorResponse.parse(JSON.parse(failure.slice("data: ".length))).error.code, "engine_failed");
});

test("an answer whose engine fails is a 500 that says where to look", async (context) => {
  const { response } = await answerWithoutEngine(context, {});
  assert.equal(response.statusCode, 500);
  assert.match(errorOf(response).message, /id req_\w+\); its log says why/);
});

test("the log says why an engine failed", async (context) => {
  const { log } = await answerWithoutEngine(context, { stream: true });
  const { err } = log.find(({ msg }) => msg === "generation failed") ?? {};
  assert.match(JSON.stringify(err), /engine/);
});
