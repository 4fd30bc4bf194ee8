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

const bodiesInAll = 10_000;
/** As many as there are slots, so that answers are computed together. */
const together = 8;
const seed = 20_261_125;
/** The longest answer that fits the context takes a second. */
const hangMs = 30_000;

describe("ten thousand mutated bodies", () => {
  let echo: EchoServer;
  let alive: () => { models: number; contexts: number };
  before(async () => {
    const { addon } = await openVariant("false", () => {});
    alive = () => addon.alive();
    echo = await startEcho({ load: { slots: together, contextTokens: 512 } });
  });
  after(() => echo.close());

  test("are made for every endpoint that takes a body", () => {
    assert.deepEqual(Object.keys(validBodies).sort(), [...bodySchemas.keys()].sort());
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

  const endpoints = Object.entries(validBodies);
  for (const [path, bodies] of endpoints) {
    test(`to ${path} are answered or refused`, async () => {
      const fieldNames = Object.keys(requestSchemas[path]?.shape ?? {});
      const mutated = mutatedBody(bodies, fieldNames);
      await fc.assert(
        fc.asyncProperty(fc.array(mutated, { minLength: 1, maxLength: together }), async (sent) => {
          const faults = await Promise.all(sent.map((body) => faultIn(path, body)));
          assert.deepEqual(
            faults.filter((fault) => fault !== null),
            [],
          );
        }),
        { seed, numRuns: Math.ceil((bodiesInAll / endpoints.length / together) * 2) },
      );
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

  test("leave no line about a failure in the log", () => {
    assert.deepEqual(
      echo.log.filter(({ level }) => Number(level) >= 50),
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
