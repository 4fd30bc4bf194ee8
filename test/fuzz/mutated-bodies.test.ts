import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import fc from "fast-check";
import { openVariant } from "#weir/llama/variant.js";
import { chat, eventually } from "../http/requests.js";
import { type EchoServer, startEcho } from "../support/echo-server.js";
import { mutatedBody } from "./mutated-body.js";
import { documentedPosts } from "./openapi.js";
import { faultOf } from "./reply-check.js";
import { requestSchemas } from "./request-schemas.js";
import { validBodies } from "./valid-bodies.js";

/** Sent at once: some wait for a slot, so that every step computes many answers. */
const together = 40;
const seed = 20_261_125;
const brokenTexts = 400;
/** Bodies for each endpoint; with the broken texts ten thousand in all. */
const bodiesTo: Readonly<Record<string, number>> = {
  "/v1/chat/completions": 4_600,
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
    const missing = [...documentedPosts.keys()].filter((path) => !Object.hasOwn(bodiesTo, path));
    assert.deepEqual(missing, []);
    assert.equal(
      Object.values(bodiesTo).reduce((sum, count) => sum + count, brokenTexts),
      10_000,
    );
  });

  test("start from bodies that are answered", async () => {
    for (const [path, bodies] of Object.entries(validBodies)) {
      for (const body of bodies) {
        const response = await post(path, JSON.stringify(body));
        assert.equal(response.statusCode, 200, `${path}: ${response.body}`);
        assert.equal(faultOf(response, documentedPosts.get(path) ?? null), null);
      }
    }
  });

  for (const [path, count] of Object.entries(bodiesTo)) {
    test(`to ${path} are answered or refused`, async () => {
      const mutated = mutatedBody(validBodies[path] ?? [], Object.keys(requestSchemas[path]?.shape ?? {}));
      const texts = mutated.map((body) => JSON.stringify(body));
      await assertNoFaults(path, texts, count);
    });
  }

  test("whose text is no longer JSON, or another one, are answered or refused", async () => {
    const [path = "", bodies = []] = Object.entries(validBodies)[0] ?? [];
    const edit = fc.record({
      at: fc.nat(2_000),
      cut: fc.nat(3),
      text: fc.constantFrom("", ...'{}[]",:\\0e-'),
    });
    const texts = fc
      .record({ body: fc.constantFrom(...bodies), edits: fc.array(edit, { minLength: 1, maxLength: 2 }) })
      .map(({ body, edits }) => edits.reduce(edited, JSON.stringify(body)));
    await assertNoFaults(path, texts, brokenTexts);
  });

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

  async function assertNoFaults(path: string, texts: fc.Arbitrary<string>, count: number): Promise<void> {
    const batch = fc.array(texts, { minLength: together, maxLength: together });
    const property = fc.asyncProperty(batch, async (sent) => {
      const faults = await Promise.all(sent.map((text) => faultIn(path, text)));
      assert.deepEqual(
        faults.filter((fault) => fault !== null),
        [],
      );
    });
    await fc.assert(property, { seed, numRuns: count / together });
  }

  function post(path: string, payload: string) {
    return echo.app.inject({
      method: "POST",
      url: path,
      headers: { "content-type": "application/json" },
      payload,
    });
  }

  async function answerFault(path: string, text: string): Promise<string | null> {
    return faultOf(await post(path, text), documentedPosts.get(path) ?? null);
  }

  async function faultIn(path: string, text: string): Promise<string | null> {
    const hang = new Promise<string>((resolve) => setTimeout(resolve, hangMs, "no answer").unref());
    const fault = await Promise.race([answerFault(path, text), hang]);
    return fault === null ? null : `${fault.slice(0, 500)}, of ${text.slice(0, 1_000)}`;
  }
});

/** A text with some of its letters replaced. */
function edited(
  text: string,
  { at, cut, text: inserted }: { readonly at: number; readonly cut: number; readonly text: string },
): string {
  const start = at % text.length;
  return text.slice(0, start) + inserted + text.slice(start + cut);
}
