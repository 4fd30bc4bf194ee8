import assert from "node:assert/strict";
import { test } from "node:test";
import { assistant, type StreamedChat, streamChat, user } from "../support/chat-stream.js";
import { type EchoServer, startEcho } from "../support/echo-server.js";
import { modelPaths } from "../support/models.js";
import { perDevice, skipWithoutDriver, twoDevices } from "./two-devices.js";

const turns = 2;

/** The answers of a conversation's turns, one after the other. */
async function converse({ url }: EchoServer, name: string): Promise<(StreamedChat & { asked: string })[]> {
  const answers: (StreamedChat & { asked: string })[] = [];
  const messages = [];
  for (let turn = 0; turn < turns; turn++) {
    const asked = `${name} asks for the ${turn}th time.`;
    messages.push(user(asked));
    const answer = await streamChat(url, messages);
    messages.push(assistant(answer.text));
    answers.push({ ...answer, asked });
  }
  return answers;
}

test("replicas on two devices share the work, conversations stay where they are, answers are exact", async (t) => {
  if (skipWithoutDriver(t)) return;
  await twoDevices({ halfPrecision: false });
  const server = await startEcho({
    listen: true,
    load: {
      ...{ gpu: "vulkan", placement: "replicate", slots: 8, contextTokens: 512 },
      ...{ batchTokens: 64, microBatchTokens: 64 },
    },
  });
  t.after(() => server.close());
  const { instances, facts, hasReplicas } = server.hosted;
  const conversations = await Promise.all(
    ["Ada", "Béla", "Chen", "Dora"].map((name) => converse(server, name)),
  );
  assert.deepEqual([hasReplicas, instances.length, facts.slots], [true, 2, 8]);
  const whole = { weights: true, cache: true };
  assert.deepEqual(
    instances.map(({ memory }) => perDevice(memory)),
    [{ Vulkan0: whole }, { Vulkan1: whole }],
  );
  for (const answers of conversations) {
    for (const { text, asked } of answers) assert.equal(text, asked);
    // What was said before is found in the replica's cache.
    assert.ok(answers.slice(1).every(({ cachedTokens }) => cachedTokens > 10));
  }
  const finished = await Promise.all(
    instances.map(async (one) => (await one.stats()) as { finished: number }),
  );
  assert.deepEqual(
    finished.map((stats) => stats.finished),
    [4, 4],
  );

  // All of them get the other file, each where the old one was.
  const running = streamChat(server.url, [user("said while it changes")]);
  const swapped = await server.hosted.swap({
    changes: { modelPath: modelPaths.echoQ8 },
    mode: "auto",
    drainMs: 30_000,
  });
  assert.equal((await running).text, "said while it changes");
  assert.deepEqual([swapped.to, server.hosted.facts.slots], ["echo-q8_0.gguf", 8]);
  assert.deepEqual(
    server.hosted.instances.map(({ memory }) => perDevice(memory)),
    [{ Vulkan0: whole }, { Vulkan1: whole }],
  );
  assert.equal((await streamChat(server.url, [user("said afterwards")])).text, "said afterwards");
});
