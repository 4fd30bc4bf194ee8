import assert from "node:assert/strict";
import { test } from "node:test";
import { openVariant } from "#weir/llama/variant.js";
import { skipWithoutDriver } from "./two-devices.js";

test("auto keeps models off a software Vulkan device, even one that is listed", async (t) => {
  if (skipWithoutDriver(t)) return;
  process.env["GGML_VK_VISIBLE_DEVICES"] = "0,0";
  const { addon, cpuOnly } = await openVariant("auto", () => {});
  const gpus = addon.devices().filter(({ type }) => type !== "cpu");
  assert.ok(
    cpuOnly || gpus.length === 0,
    `would use ${gpus.map(({ description }) => description).join(", ")}`,
  );
});
