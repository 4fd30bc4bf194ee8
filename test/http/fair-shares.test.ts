import assert from "node:assert/strict";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { test } from "node:test";
import { keyEntry } from "#weir/keys/key-entry.js";
import { addKey } from "#weir/keys/key-file.js";
import { KeyRing } from "#weir/keys/key-ring.js";
import { hashOf } from "#weir/keys/key-secret.js";
import { type EchoServer, startEcho } from "../support/echo-server.js";
import { chatBody } from "./requests.js";

/** Clients of a key that each send the next request when the last answer has ended: more than the gate has places. */
const clients = 12;

function tokensOf({ admission }: EchoServer): Record<string, number> {
  return Object.fromEntries(
    admission
      .usage()
      .map(([id, { promptTokens, completionTokens }]) => [id, promptTokens + completionTokens]),
  );
}

test("two keys with weights 3:1 that both saturate the server are served tokens 3:1 within 5 %", async (context) => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "weir-keys-"));
  context.after(() => fs.rmSync(folder, { recursive: true }));
  const file = path.join(folder, "keys.yaml");
  await addKey(file, keyEntry.parse({ name: "heavy", hash: hashOf("heavy"), weight: 3 }));
  await addKey(file, keyEntry.parse({ name: "light", hash: hashOf("light") }));
  const keys = new KeyRing();
  keys.reload([], file);
  const echo = await startEcho({ keys, load: { slots: 4, contextTokens: 256 } });
  context.after(() => echo.close());

  let answers = 0;
  let begin: Record<string, number> = {};
  let end: Record<string, number> | null = null;
  const run = async (key: string, content: string): Promise<void> => {
    while (end === null) {
      const response = await echo.app.inject({
        method: "POST",
        url: "/v1/chat/completions",
        headers: { authorization: `Bearer ${key}` },
        payload: chatBody(content),
      });
      assert.equal(response.statusCode, 200, response.body);
      answers++;
      // The queue is full of both from here on.
      if (answers === 50) begin = tokensOf(echo);
      if (answers === 450) end = tokensOf(echo);
    }
  };
  // Those of the light key are three times as long: what is shared is tokens, not requests.
  const loads = Array.from({ length: clients }, () => [
    run("heavy", "five words in a row"),
    run("light", "one two three four five ".repeat(5)),
  ]);
  await Promise.all(loads.flat());

  const served = (key: string): number => (end?.[key] ?? 0) - (begin[key] ?? 0);
  const ratio = served("heavy") / served("light");
  assert.ok(Math.abs(ratio / 3 - 1) < 0.05, `${served("heavy")} and ${served("light")} tokens: ${ratio}`);
});
