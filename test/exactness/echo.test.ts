import assert from "node:assert/strict";
import { test } from "node:test";
import { assistant, streamChat, user } from "../support/chat-stream.js";
import { type EchoServer, startEcho } from "../support/echo-server.js";

/** Different texts of 5 to about 60 tokens in several scripts. */
function texts(count: number): string[] {
  const parts = [
    "the river",
    "水は高きより",
    "🌊🏞️",
    "const x = () => 42;",
    "naïve café",
    "\n- item",
    '{"a": [1, 2]}',
  ];
  return Array.from({ length: count }, (_, i) => {
    const middle = Array.from({ length: 1 + (i % 8) }, (_, j) => parts[(i + j * 3) % parts.length]).join(" ");
    return `No. ${i}: ${middle} ends with ${i * i}.`;
  });
}

async function wrongAnswers(
  server: EchoServer,
  messages: readonly string[],
  fields: object = {},
): Promise<number> {
  const answers = await Promise.all(messages.map((text) => streamChat(server.url, [user(text)], { fields })));
  return answers.filter(({ text, finishReason }, i) => text !== messages[i] || finishReason !== "stop")
    .length;
}

test("60 concurrent streams on 60 slots each get exactly their own text", async () => {
  const server = await startEcho({ listen: true, load: { slots: 60, contextTokens: 512 } });
  assert.equal(await wrongAnswers(server, texts(60)), 0);
  const { decodeSteps, decodeRows } = await server.model.stats();
  await server.close();
  assert.ok(decodeRows / decodeSteps > 15, `only ${(decodeRows / decodeSteps).toFixed(1)} sequences a step`);
});

test("100 concurrent streams on 8 slots each get exactly their own text", async () => {
  const server = await startEcho({ listen: true, load: { slots: 8, contextTokens: 512 } });
  assert.equal(await wrongAnswers(server, texts(100)), 0);
  await server.close();
});

test("every decode step of a busy server is one graph evaluation", async () => {
  const server = await startEcho({
    listen: true,
    load: { slots: 24, contextTokens: 512 },
    countGraphs: true,
  });
  assert.equal(await wrongAnswers(server, texts(80)), 0);
  const { decodeSteps, decodeGraphs } = await server.model.stats();
  await server.close();
  assert.equal(decodeGraphs, decodeSteps);
});

for (const [what, load] of [
  ["small batches", { batchTokens: 16, microBatchTokens: 8 }],
  ["one slot", { slots: 1 }],
  ["two compute threads", { threads: 2 }],
  ["no flash attention", { flashAttention: "off" }],
  ["an F32 cache", { cacheTypeK: "f32", cacheTypeV: "f32" }],
] as const) {
  test(`answers stay exact with ${what}`, async () => {
    const server = await startEcho({ listen: true, load: { contextTokens: 512, ...load } });
    assert.equal(await wrongAnswers(server, texts(16)), 0);
    await server.close();
  });
}

test("answers stay exact when they are sampled, whoever else runs", async () => {
  const server = await startEcho({ listen: true, load: { slots: 16, contextTokens: 512 } });
  const fields = {
    temperature: 2,
    seed: 7,
    presence_penalty: 1,
    frequency_penalty: 0.5,
    repeat_penalty: 1.1,
  };
  assert.equal(await wrongAnswers(server, texts(32), fields), 0);
  await server.close();
});

test("a second turn computes only its new tokens, also while others run", async () => {
  const server = await startEcho({ listen: true, load: { slots: 4, contextTokens: 1024 } });
  const [question, next] = ["Remember the long first question of this conversation, please.", "And now?"];
  const first = await streamChat(server.url, [user(question)]);
  const others = streamChat(server.url, [user("somebody else")]);
  const second = await streamChat(server.url, [user(question), assistant(first.text), user(next)]);
  await others;
  await server.close();
  assert.equal(second.text, next);
  // All of the first turn's prompt and answer is there, up to the last sampled token, which was never computed.
  assert.ok(
    second.cachedTokens > first.promptTokens,
    `${second.cachedTokens} cached after a prompt of ${first.promptTokens}`,
  );
});

test("an answer of 1,200 tokens comes whole", async () => {
  const server = await startEcho({ listen: true, load: { slots: 2, contextTokens: 4096 } });
  const long = Array.from({ length: 250 }, (_, i) => `${i} bottles`).join(", ");
  assert.equal(await wrongAnswers(server, [long, "short"]), 0);
  await server.close();
});
