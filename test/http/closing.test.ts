import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { test } from "node:test";
import { startEcho } from "../support/echo-server.js";

test("the app closes at once though a client holds a connection that it never used", async () => {
  const echo = await startEcho({ listen: true });
  const socket = connect(Number(new URL(echo.url).port), "127.0.0.1");
  await once(echo.app.server, "connection");
  const closed = once(socket, "close");
  await echo.close();
  assert.deepEqual(await closed, [false]);
});
