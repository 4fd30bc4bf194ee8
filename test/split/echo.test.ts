import assert from "node:assert/strict";
import { test } from "node:test";
import { streamChat, user } from "../support/chat-stream.js";
import { startEcho } from "../support/echo-server.js";
import { perDevice, skipWithoutDriver, twoDevices } from "./two-devices.js";

test("the echo model split over two devices is served exactly", async (t) => {
  if (skipWithoutDriver(t)) return;
  await twoDevices({ halfPrecision: false });
  const server = await startEcho({
    listen: true,
    load: {
      gpu: "vulkan",
      splitMode: "layer",
      tensorSplit: [1, 1],
      slots: 2,
      contextTokens: 256,
      batchTokens: 64,
      microBatchTokens: 64,
    },
  });
  const texts = ["Two devices, one answer. 水", "🌊 split"];
  const answers = await Promise.all(texts.map((text) => streamChat(server.url, [user(text)])));
  const devices = perDevice(server.model.memory);
  await server.close();
  assert.deepEqual(
    answers.map(({ text }) => text),
    texts,
  );
  const both = { weights: true, cache: true };
  assert.deepEqual(devices, { Vulkan0: both, Vulkan1: both });
});
