import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { SamplingParameters } from "#weir/engine/generation.js";
import { type EchoServer, startEcho } from "../support/echo-server.js";

// As the manifest of a Qwen3 has it, with numbers that no default has.
const sampling = {
  thinking: { temperature: 0.61, topP: 0.94, topK: 21, minP: 0 },
  plain: { temperature: 0.71, topP: 0.81, topK: 19 },
};

let server: EchoServer;
let asked: SamplingParameters | null = null;
before(async () => {
  server = await startEcho({ load: { sampling } });
  const { model } = server;
  const generate = model.generate.bind(model);
  model.generate = (request, sink) => {
    asked = request.sampling;
    return generate(request, sink);
  };
});
after(() => server.close());

async function samplingOf(url: string, body: object) {
  const { statusCode } = await server.app.inject({
    method: "POST",
    url,
    payload: { model: "echo", max_tokens: 1, ...body },
  });
  assert.equal(statusCode, 200);
  const { temperature, topP, topK, minP, repetitionPenalty } = asked ?? assert.fail("nothing was asked for");
  return { temperature, topP, topK, minP, repetitionPenalty };
}

const chat = (fields: object = {}) =>
  samplingOf("/v1/chat/completions", { messages: [{ role: "user", content: "Hello" }], ...fields });

const thinking = { ...sampling.thinking, repetitionPenalty: 1 };
const plain = { ...sampling.plain, minP: 0.05, repetitionPenalty: 1 };

describe("where a request says nothing, the manifest's sampling holds", () => {
  test("of thinking, where the answer may think", async () => assert.deepEqual(await chat(), thinking));

  for (const fields of [
    { enable_thinking: false },
    { chat_template_kwargs: { enable_thinking: false } },
    { reasoning_effort: "none" },
    { thinking_budget_tokens: 0 },
  ]) {
    test(`of no thinking, with ${JSON.stringify(fields)}`, async () =>
      assert.deepEqual(await chat(fields), plain));
  }

  test("of no thinking, for a completion", async () => {
    assert.deepEqual(await samplingOf("/v1/completions", { prompt: "Hello" }), plain);
  });
});

test("what a request says goes before the manifest, and null says nothing", async () => {
  const said = await chat({ temperature: 0.3, top_k: null, repetition_penalty: 1.1 });
  assert.deepEqual(said, { ...thinking, temperature: 0.3, repetitionPenalty: 1.1 });
});

test("/props tells what a chat gets that says nothing", async () => {
  const { params } = (await server.app.inject("/props")).json().default_generation_settings;
  assert.deepEqual([params.temperature, params.top_p, params.top_k, params.min_p], [0.61, 0.94, 21, 0]);
});
