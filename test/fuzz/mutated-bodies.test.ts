import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import fc from "fast-check";
import type { FastifyInstance } from "fastify";
import { openVariant } from "#weir/llama/variant.js";
import { eventually } from "../http/requests.js";
import { startEcho } from "../support/echo-server.js";
import { type EmbeddingServer, startEmbedding, startReranking } from "../support/embedding-server.js";
import { brokenTexts } from "./broken-texts.js";
import { mutatedBody } from "./mutated-body.js";
import { documentedPosts } from "./openapi.js";
import { faultOf } from "./reply-check.js";
import { requestSchemas } from "./request-schemas.js";
import { validBodies } from "./valid-bodies.js";

/** Sent at once: some wait for a slot, so that every step computes many answers. */
const together = 40;
const seed = 20_261_125;
/** The longest answer that fits the context takes seconds. */
const hangMs = 30_000;
const broken = 400;

/** A server for each kind of model, and how many bodies are sent to its endpoints. */
const kinds: readonly Kind[] = [
  {
    kind: "generates",
    start: generating,
    bodiesTo: {
      "/v1/chat/completions": 4_000,
      "/v1/completions": 1_400,
      "/apply-template": 1_200,
      "/completion": 400,
      "/tokenize": 1_000,
      "/detokenize": 800,
    },
  },
  { kind: "embeds", start: () => embedding(startEmbedding()), bodiesTo: { "/v1/embeddings": 600 } },
  { kind: "ranks", start: () => embedding(startReranking()), bodiesTo: { "/v1/rerank": 200 } },
];

interface Kind {
  readonly kind: string;
  start(): Promise<Server>;
  readonly bodiesTo: Readonly<Record<string, number>>;
}

interface Server {
  readonly app: FastifyInstance;
  readonly log: readonly Record<string, unknown>[];
  /** Requests that run or wait. */
  busy(): Promise<number>;
  close(): Promise<void>;
}

async function generating(): Promise<Server> {
  const echo = await startEcho({ load: { slots: 8, contextTokens: 512 } });
  return {
    ...echo,
    busy: async () => {
      const [slots, { waiting }] = await Promise.all([echo.model.slotTable(), echo.model.stats()]);
      return slots.filter(({ state }) => state !== "idle").length + waiting;
    },
  };
}

async function embedding(server: Promise<EmbeddingServer>): Promise<Server> {
  const { model, ...rest } = await server;
  return { ...rest, busy: async () => (await model.stats()).waitingTexts };
}

test("ten thousand bodies are sent, to every endpoint that takes one", () => {
  const counts = Object.assign({}, ...kinds.map(({ bodiesTo }) => bodiesTo));
  // An administrator's bodies load models: test/fuzz/request-schemas.test.ts has them read, and none is sent.
  const paths = [...documentedPosts.keys()].filter((path) => !path.startsWith("/admin/"));
  assert.deepEqual(Object.keys(counts).sort(), paths.sort());
  const all = Object.values<number>(counts).reduce((sum, count) => sum + count, broken);
  assert.equal(all, 10_000);
});

for (const { kind, start, bodiesTo } of kinds) {
  describe(`mutated bodies for a model that ${kind}`, () => {
    let server: Server;
    let alive: () => { models: number; contexts: number };
    before(async () => {
      const { addon } = await openVariant("false", () => {});
      alive = () => addon.alive();
      server = await start();
    });
    after(() => server.close());

    for (const [path, count] of Object.entries(bodiesTo)) {
      const bodies = validBodies[path] ?? [];

      test(`to ${path} start from bodies that are answered`, async () => {
        assert.ok(bodies.length > 0);
        for (const body of bodies) {
          const response = await post(path, JSON.stringify(body));
          assert.equal(response.statusCode, 200, response.body);
          assert.equal(await faultIn(path, JSON.stringify(body)), null);
        }
      });

      test(`to ${path} are answered or refused`, async () => {
        const mutated = mutatedBody(bodies, Object.keys(requestSchemas[path]?.shape ?? {}));
        const texts = mutated.map((body) => JSON.stringify(body));
        await assertNoFaults(path, texts, count);
      });
    }

    if (kind === "generates") {
      test("that are no JSON any more, or another one, are answered or refused", async () => {
        const path = "/v1/chat/completions";
        await assertNoFaults(path, brokenTexts(validBodies[path] ?? []), broken);
      });
    }

    test("leave every slot idle and nobody waiting", async () => {
      await assert.doesNotReject(eventually(async () => (await server.busy()) === 0));
    });

    test("leave the server as it was", async () => {
      assert.equal((await server.app.inject("/health")).statusCode, 200);
      for (const path of Object.keys(bodiesTo)) {
        assert.equal((await post(path, JSON.stringify(validBodies[path]?.[0]))).statusCode, 200);
      }
    });

    test("leave one model and one context", () => {
      assert.deepEqual(alive(), { models: 1, contexts: 1 });
    });

    test("leave no line about a failure in the log", () => {
      assert.deepEqual(
        server.log.filter(({ level }) => Number(level) >= 50),
        [],
      );
    });

    /** Where an answer is wrong, fast-check looks for a smaller body with the same fault. */
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

    async function faultIn(path: string, text: string): Promise<string | null> {
      const documented = documentedPosts.get(path) ?? null;
      const hang = new Promise<string>((resolve) => setTimeout(resolve, hangMs, "no answer").unref());
      const answered = post(path, text).then((response) => faultOf(response, documented));
      const fault = await Promise.race([answered, hang]);
      return fault === null ? null : `${fault.slice(0, 500)}, of ${text.slice(0, 1_000)}`;
    }

    function post(path: string, payload: string) {
      const headers = { "content-type": "application/json" };
      return server.app.inject({ method: "POST", url: path, headers, payload });
    }
  });
}
