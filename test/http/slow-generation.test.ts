import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { RequestLog } from "#weir/server/request-log.js";
import { type EchoServer, startEcho } from "../support/echo-server.js";
import { chat, eventually } from "./requests.js";

const parts = ["bodyMs", "waitedMs", "prepareMs", "queueMs", "promptMs", "decodeMs"];

describe("a generation that takes longer than --slow-request", () => {
  const requestLog = new RequestLog();
  let echo: EchoServer;
  before(async () => {
    echo = await startEcho({ app: { requestLog }, load: { slots: 1 } });
  });
  after(() => echo.close());

  const warnings = (text: string) => echo.log.filter(({ msg, level }) => msg === text && level === 40);

  function slowAfter(slowRequestMs: number): void {
    requestLog.options = { accessLog: "none", slowRequestMs };
  }

  test("is warned of once, with the parts of its time, which are all of it", async () => {
    slowAfter(1);
    const { usage } = await chat(echo.app, "slow");
    const [line, ...more] = warnings("slow generation");
    assert.deepEqual(more, []);
    const sum = parts.reduce((total, part) => total + Number(line?.[part]), 0);
    assert.ok(Math.abs(sum - Number(line?.["totalMs"])) < 1, JSON.stringify(line));
    const { model, promptTokens, completionTokens, finishReason } = line ?? {};
    assert.deepEqual(
      { model, promptTokens, completionTokens, finishReason },
      {
        model: "echo",
        promptTokens: usage.prompt_tokens,
        completionTokens: usage.completion_tokens,
        finishReason: "stop",
      },
    );
  });

  test("is warned of while it has no text, with where it is", async () => {
    slowAfter(1);
    const before = warnings("no text yet").length;
    const running = chat(echo.app, `${"endless ".repeat(100)}`);
    await eventually(async () => warnings("no text yet").length > before);
    const line = warnings("no text yet").at(-1);
    assert.equal(line?.["model"], "echo");
    assert.match(String(line?.["stage"]), /^(queue|prepare|engine)$/);
    await running;
  });

  for (const slowRequestMs of [0, 3_600_000]) {
    test(`is not warned of where that is ${slowRequestMs} ms`, async () => {
      slowAfter(slowRequestMs);
      const count = () => warnings("slow generation").length + warnings("no text yet").length;
      const before = count();
      await chat(echo.app, "quick");
      assert.equal(count(), before);
    });
  }
});
