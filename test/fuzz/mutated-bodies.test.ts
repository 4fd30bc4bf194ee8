import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import fc from "fast-check";
import { openVariant } from "#weir/llama/variant.js";
import { chat, eventually } from "../http/requests.js";
import { type EchoServer, startEcho } from "../support/echo-server.js";
import type { Json } from "./json.js";
import { mutatedBody } from "./mutated-body.js";
import { bodySchemas } from "./openapi.js";
import { faultOf } from "./reply-check.js";
import { requestSchemas } from "./request-schemas.js";
import { validBodies } from "./valid-bodies.js";

/** Sent at once: some wait for a slot, so that every step computes many answers. */
const together = 40;
const seed = 20_261_125;
/** Bodies for each endpoint, ten thousand in all. */
const bodiesTo: Readonly<Record<string, number>> = {
  "/v1/chat/completions": 5_000,
  "/v1/completions": 2_800,
  "/apply-template": 800,
  "/tokenize": 800,
  "/detokenize": 600,
};
/** The longest answer that fits the context takes a second. */
const hangMs = 30_000;

describe("ten thousand mutated bodies", () => {
  let echo: EchoServer;
  let alive: () => { models: number; contexts: number };
  before(async () => {
    const { addon } = await openVariant("false", () => {});
    alive = () => addon.alive();
    echo = await startEcho({ load: { slots: 8, contextTokens: 512 } });
  });
  after(() => echo.close());

  test("are made for every endpoint that takes a body", () => {
    const missing = [...bodySchemas.keys()].filter((path) => !Object.hasOwn(bodiesTo, path));
    assert.deepEqual(missing, []);
    assert.equal(
      Object.values(bodiesTo).reduce((sum, count) => sum + count),
      10_000,
    );
  });

  test("start from bodies that are answered", async () => {
    for (const [path, bodies] of Object.entries(validBodies)) {
      for (const body of bodies) {
        const response = await post(path, body);
        assert.equal(response.statusCode, 200, `${path}: ${response.body}`);
        assert.equal(faultOf(response), null);
      }
    }
  });

  for (const [path, count] of Object.entries(bodiesTo)) {
    test(`to ${path} are answered or refused`, async () => {
      const mutated = mutatedBody(validBodies[path] ?? [], Object.keys(requestSchemas[path]?.shape ?? {}));
      const batch = fc.array(mutated, { minLength: together, maxLength: together });
      const property = fc.asyncProperty(batch, async (bodies) => {
        const faults = await Promise.all(bodies.map((body) => faultIn(path, body)));
        assert.deepEqual(
          faults.filter((fault) => fault !== null),
          [],
        );
      });
      await fc.assert(property, { seed, numRuns: count / together });
    });
  }

  test("leave every slot idle and nobody waiting", async () => {
    await eventually(async () => (await echo.model.slotTable()).every(({ state }) => state === "idle"));
    assert.equal((await echo.model.stats()).waiting, 0);
  });

  test("leave the server as it was", async () => {
    assert.equal((await echo.app.inject("/health")).statusCode, 200);
    assert.equal((await chat(echo.app, "still here")).choices[0]?.message.content, "still here");
  });

  test("leave one model and one context", () => {
    assert.deepEqual(alive(), { models: 1, contexts: 1 });
  });

  test("leave no line about a failure in the log but llama.cpp's about grammars that it can't read", () => {
    const failures = echo.log.filter(({ level }) => Number(level) >= 50).map(({ msg }) => String(msg));
    assert.deepEqual(
      failures.filter((message) => !/grammar/.test(message)),
      [],
    );
  });

  function post(path: string, body: Json) {
    const payload = JSON.stringify(body);
    return echo.app.inject({
      method: "POST",
      url: path,
      headers: { "content-type": "application/json" },
      payload,
    });
  }

  async function faultIn(path: string, body: Json): Promise<string | null> {
    const hang = new Promise<string>((resolve) => setTimeout(resolve, hangMs, "no answer").unref());
    const fault = await Promise.race([post(path, body).then(faultOf), hang]);
    return fault === null ? null : `${fault.slice(0, 500)}, of ${JSON.stringify(body).slice(0, 1_000)}`;
  }
});
