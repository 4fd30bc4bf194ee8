import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { type EchoServer, startEcho } from "../support/echo-server.js";
import { readAppReply } from "./app-reply.js";
import type { AppBody } from "./bodies/app-body.js";
import { clineBodies } from "./bodies/cline.js";
import { continueBodies } from "./bodies/continue.js";
import { openWebuiBodies } from "./bodies/open-webui.js";

const apps: Readonly<Record<string, readonly AppBody[]>> = {
  "Open WebUI": openWebuiBodies,
  Continue: continueBodies,
  Cline: clineBodies,
};

for (const [app, bodies] of Object.entries(apps)) {
  describe(`${app} is answered`, () => {
    let echo: EchoServer;
    before(async () => {
      echo = await startEcho({ load: { contextTokens: 4096 } });
    });
    after(() => echo.close());

    for (const { what, path, body, reply } of bodies) {
      test(what, async () => {
        const response = await echo.app.inject({ method: "POST", url: path, payload: body });
        assert.equal(response.statusCode, 200, response.body);
        const { content, reasoning, calls, finishReason, usage } = readAppReply(response);
        const expected = { content: "", reasoning: "", calls: [], ...reply };
        assert.deepEqual({ content, reasoning, calls }, expected);
        assert.equal(finishReason, expected.calls.length > 0 ? "tool_calls" : "stop");
        if (Reflect.has(body, "stream_options")) assert.ok(usage > 0);
      });
    }
  });
}
