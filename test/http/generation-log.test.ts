import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { type EchoServer, startEcho } from "../support/echo-server.js";
import { chat, chatBody, postChat } from "./requests.js";

function generations(echo: EchoServer) {
  return echo.log.filter(({ msg }) => msg === "generation");
}

describe("the log", () => {
  let echo: EchoServer;
  before(async () => {
    echo = await startEcho();
  });
  after(() => echo.close());

  test("has one line for a generation", async () => {
    const before = generations(echo).length;
    await chat(echo.app, "hi");
    assert.equal(generations(echo).length - before, 1);
  });

  test("says what a generation took", async () => {
    const { usage } = await chat(echo.app, "hi");
    const { model, stream, promptTokens, completionTokens, finishReason } = generations(echo).at(-1) ?? {};
    assert.deepEqual(
      { model, stream, promptTokens, completionTokens, finishReason },
      {
        model: "echo",
        stream: false,
        promptTokens: usage.prompt_tokens,
        completionTokens: usage.completion_tokens,
        finishReason: "stop",
      },
    );
  });

  for (const name of ["cachedTokens", "prepareMs", "queueMs", "promptMs", "decodeMs"]) {
    test(`has ${name} in a generation's line`, async () => {
      await chat(echo.app, "hi");
      assert.equal(typeof generations(echo).at(-1)?.[name], "number");
    });
  }

  test("has the request's id in a generation's line", async () => {
    const headers = { "x-request-id": "trace-1" };
    const payload = chatBody("hi");
    await echo.app.inject({ method: "POST", url: "/v1/chat/completions", headers, payload });
    const { requestId } = generations(echo).at(-1) ?? {};
    assert.equal(requestId, "trace-1");
  });

  test("never has the content, neither of an answer nor of a refusal", async () => {
    await chat(echo.app, "a private matter");
    await postChat(echo.app, chatBody("hi", { seed: "a private matter" }));
    assert.doesNotMatch(JSON.stringify(echo.log), /private/);
  });

  test("names an unknown field once", async () => {
    await chat(echo.app, "hi", { field_of_the_log_test: 1 });
    await chat(echo.app, "hi", { field_of_the_log_test: 1 });
    assert.equal(echo.log.filter(({ field }) => field === "field_of_the_log_test").length, 1);
  });
});

test("the log has prompt and answer where asked", async (context) => {
  const echo = await startEcho({ app: { logContent: true } });
  context.after(() => echo.close());
  await chat(echo.app, "a public matter");
  const { prompt, answer } = generations(echo)[0] ?? {};
  assert.match(JSON.stringify(prompt), /a public matter/);
  assert.equal(answer, "a public matter");
});
