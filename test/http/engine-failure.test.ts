import assert from "node:assert/strict";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { errorResponse } from "#weir/api/openai/responses.js";
import { writeModelWithoutNumbers } from "../native/bad-model.js";
import { type EchoServer, startEcho } from "../support/echo-server.js";
import { chatBody, errorOf, eventually, postChat } from "./requests.js";

const file = path.join(os.tmpdir(), `weir-not-a-number-${process.pid}.gguf`);
let broken: EchoServer;

before(async () => {
  writeModelWithoutNumbers(file);
  broken = await startEcho({ load: { modelPath: file, contextTokens: 256 } });
});

after(async () => {
  await broken.close();
  fs.rmSync(file);
});

/** The error of the last event but the end mark. */
function errorOfStream(body: string): { code: string | null; end: string | undefined } {
  const [failure = "", end] = body.trimEnd().split("\n\n").slice(-2);
  return { code: errorResponse.parse(JSON.parse(failure.slice("data: ".length))).error.code, end };
}

test("a stream whose engine fails ends with an error and the end mark", async () => {
  const { body } = await postChat(broken.app, chatBody("hello", { stream: true }));
  assert.deepEqual(errorOfStream(body), { code: "engine_failed", end: "data: [DONE]" });
});

test("an answer whose engine fails is a 500 that says where to look", async () => {
  const response = await postChat(broken.app, chatBody("hello"));
  assert.equal(response.statusCode, 500);
  assert.match(errorOf(response).message, /id req_\w+\); its log says why/);
});

test("the log says why an engine failed", async () => {
  await postChat(broken.app, chatBody("hello", { stream: true }));
  const { err } = broken.log.find(({ msg }) => msg === "generation failed") ?? {};
  assert.match(JSON.stringify(err), /no token/);
});

for (const stream of [true, false]) {
  test(`a model that is closed tells the clients of ${stream ? "streams" : "answers"} that the server shuts down`, async (context) => {
    const echo = await startEcho({ load: { slots: 1, contextTokens: 8_192 } });
    context.after(() => echo.close());
    const answer = postChat(echo.app, chatBody("endless ".repeat(1_500), { stream }));
    await eventually(async () => (await echo.model.slotTable()).some(({ state }) => state === "decode"));
    await echo.model.close();
    const response = await answer;
    const code = stream ? errorOfStream(response.body).code : errorOf(response).code;
    assert.deepEqual([response.statusCode, code], [stream ? 200 : 503, "shutting_down"]);
  });
}
