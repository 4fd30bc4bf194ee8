import fs from "node:fs";
import type { TestContext } from "node:test";
import type { Addon, DeviceMemory } from "#weir/llama/addon.js";
import { openVariant } from "#weir/llama/variant.js";

const drivers = "/usr/share/vulkan/icd.d";

/** Mesa's software Vulkan device, listed twice, so that the two-GPU path runs on any machine. */
export async function twoDevices({ halfPrecision }: { readonly halfPrecision: boolean }): Promise<Addon> {
  // Read by ggml when the variant is loaded.
  process.env["GGML_VK_VISIBLE_DEVICES"] = "0,0";
  if (!halfPrecision) process.env["GGML_VK_DISABLE_F16"] = "1";
  const { addon } = await openVariant("vulkan", () => {});
  return addon;
}

/** Skips where Debian's mesa-vulkan-drivers is not installed, except in CI, which installs it. */
export function skipWithoutDriver(t: TestContext): boolean {
  const installed =
    fs.existsSync(drivers) && fs.readdirSync(drivers).some((name) => name.startsWith("lvp_icd"));
  if (installed || process.env["CI"] !== undefined) return false;
  t.skip("needs a software Vulkan driver: apt-get install mesa-vulkan-drivers libvulkan1");
  return true;
}

/** Bytes of weights and KV cache per device, host buffers left out. */
export function perDevice(
  memory: readonly DeviceMemory[],
): Record<string, { weights: boolean; cache: boolean }> {
  const vulkan = memory.filter(({ device }) => /^Vulkan\d$/.test(device));
  return Object.fromEntries(
    vulkan.map(({ device, modelBytes, contextBytes }) => [
      device,
      { weights: modelBytes > 0, cache: contextBytes > 0 },
    ]),
  );
}
