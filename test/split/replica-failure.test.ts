import assert from "node:assert/strict";
import { test } from "node:test";
import type { DeviceMemory } from "#weir/llama/addon.js";
import type { LoadedModel } from "#weir/registry/instance-start.js";
import { eventually } from "../http/requests.js";
import { streamChat, user } from "../support/chat-stream.js";
import { startEcho } from "../support/echo-server.js";
import { perDevice, skipWithoutDriver, twoDevices } from "./two-devices.js";

/** What makes an engine's thread throw where nobody catches. */
function kill(instance: LoadedModel): void {
  if (instance.kind !== "generation") throw new Error("the echo model generates");
  instance.generate({} as never, { onText: () => {}, onFinish: () => {} });
}

const byDevice = (memory: readonly DeviceMemory[]): DeviceMemory[] =>
  memory.toSorted((a, b) => a.device.localeCompare(b.device));

/** Loading on a software device takes seconds. */
const patienceMs = 60_000;

test("a replica whose engine is given up is loaded again: others serve on, answers are exact, nothing is left behind", async (t) => {
  if (skipWithoutDriver(t)) return;
  const addon = await twoDevices({ halfPrecision: false });
  const server = await startEcho({
    listen: true,
    load: {
      ...{ gpu: "vulkan", placement: "replicate", slots: 4, contextTokens: 256 },
      ...{ batchTokens: 64, microBatchTokens: 64 },
    },
  });
  t.after(() => server.close());
  const { hosted } = server;
  const [dying, other] = hosted.instances;
  if (dying === undefined || other === undefined) throw new Error("there are two replicas");
  const level = () => ({
    ...{ alive: addon.alive(), slots: hosted.facts.slots, memory: byDevice(hosted.facts.memory) },
    ...{ devices: hosted.instances.map(({ memory }) => perDevice(memory)), leases: hosted.leases },
  });
  /** Several at a time, so that all that serve have some. */
  const answerAll = async (when: string): Promise<void> => {
    const asked = Array.from({ length: 2 }, (_, index) => `${index} says this ${when}`);
    const answers = await Promise.all(asked.map((text) => streamChat(server.url, [user(text)])));
    assert.deepEqual(
      answers.map(({ text }) => text),
      asked,
    );
  };
  await answerAll("before");
  const before = level();

  kill(dying);
  await eventually(async () => !dying.isHealthy);
  await answerAll("while an engine is replaced");
  await eventually(async () => dying.isHealthy, patienceMs);
  kill(dying);
  await eventually(async () => !hosted.instances.includes(dying), patienceMs);
  assert.equal(hosted.state, "ready");
  await answerAll("while a replica is loaded");
  assert.equal((await server.app.inject("/health")).statusCode, 200);
  await eventually(async () => hosted.instances.length === 2, patienceMs);
  await answerAll("afterwards");
  const fresh = hosted.instances.filter((one) => one !== other);
  const [stats] = await Promise.all(fresh.map((one) => one.stats()));
  assert.ok(stats !== undefined && "finished" in stats && stats.finished > 0, "it has its part");
  // The other one stays where it is, and the fresh one comes after it.
  const { devices, ...after } = level();
  const { devices: devicesBefore, ...rest } = before;
  assert.deepEqual(after, rest);
  assert.deepEqual(devices, devicesBefore.toReversed());
  assert.ok(server.log.some(({ msg }) => msg === "a replica that had died is loaded again"));
});
