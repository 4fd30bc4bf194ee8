import assert from "node:assert/strict";
import type { LoadOptions } from "#weir/llama/options.js";
import { toEmbeddingOptions } from "#weir/llama/options.js";
import type { Variant } from "#weir/llama/variant.js";
import { allocations } from "#weir/placement/allocation.js";
import type { ModelShape } from "#weir/placement/model-shape.js";
import { allocatedBytes } from "#weir/placement/plan.js";
import { devicesOfWish } from "#weir/placement/wish.js";
import { findPlace, type PlacedModel, usedDevices } from "#weir/registry/placing.js";
import { contextOptions } from "../native/addon.js";

/** One device of one model: what was planned, and what it is compared with. */
export interface Comparison {
  readonly what: string;
  readonly device: string;
  readonly layers: string;
  readonly plannedBytes: number;
  readonly foundBytes: number;
}

const free = 2 ** 40;

/** Plans, loads and makes the context: llama.cpp's own word on what it has allocated, device by device. */
export async function planAndAllocate(
  variant: Variant,
  what: string,
  options: LoadOptions,
): Promise<Comparison[]> {
  const { models } = await findPlace(variant, options, free);
  const found: Comparison[] = [];
  for (const [i, model] of models.entries()) {
    const name = models.length === 1 ? what : `${what}, replica ${i + 1}`;
    found.push(...(await allocate(variant, name, model)));
  }
  return found;
}

async function allocate(
  variant: Variant,
  what: string,
  { options, plan }: PlacedModel,
): Promise<Comparison[]> {
  const { addon, cpuOnly } = variant;
  const model = await addon.loadModel(options.modelPath, { ...options, cpuOnly }, () => {}).promise;
  const context =
    plan.slots === null
      ? new addon.EmbeddingContext(model, { ...options, ...toEmbeddingOptions(options) })
      : new addon.Context(model, { ...contextOptions(), ...options });
  const memory = context.memory();
  context.close();
  model.close();
  return allocations(plan, memory).map(({ device, plannedBytes, allocatedBytes: foundBytes }, i) => {
    const layers = plan.devices[i]?.layers ?? "";
    return { what, device, layers, plannedBytes, foundBytes };
  });
}

/** The plan out of the shape alone beside llama.cpp's own, for a model that need not fit. */
export async function computeAndMeasure(
  variant: Variant,
  what: string,
  shape: ModelShape,
  options: LoadOptions,
): Promise<Comparison[]> {
  const host = {
    name: "CPU",
    freeBytes: free,
    totalBytes: free,
    largestTensorBytes: Number.POSITIVE_INFINITY,
  };
  const computed = devicesOfWish(shape, usedDevices(variant, options), host, options);
  const { devices } = await findPlace(variant, options, free);
  return computed.map((plan, i) => {
    const measured = devices[i];
    if (measured?.device !== plan.device) throw new Error(`${plan.device} is not ${measured?.device}`);
    const { device, layers } = plan;
    return { what, device, layers, plannedBytes: allocatedBytes(plan), foundBytes: allocatedBytes(measured) };
  });
}

/** How far apart, of what was found. */
export function difference({ plannedBytes, foundBytes }: Comparison): number {
  return plannedBytes === foundBytes ? 0 : plannedBytes / foundBytes - 1;
}

/** For the test's output and docs/decisions/0045. */
export function comparisonTable(comparisons: readonly Comparison[]): string {
  const mib = (bytes: number): string => (bytes / 2 ** 20).toFixed(2).padStart(10);
  return comparisons
    .map((one) => {
      const { what, device, layers, plannedBytes, foundBytes } = one;
      const apart = `${(100 * difference(one)).toFixed(2)} %`;
      return `${what.padEnd(44)} ${device.padEnd(8)} ${layers.padEnd(13)} ${mib(plannedBytes)} ${mib(foundBytes)} ${apart.padStart(8)}`;
    })
    .join("\n");
}

/** Of a device's bytes. */
const tolerance = 0.02;

/** Shows them as a table, and fails where one of them is apart, or there is none. */
export function assertClose(comparisons: readonly Comparison[], diagnostic: (text: string) => void): void {
  diagnostic(`\n${comparisonTable(comparisons)}`);
  assert.ok(comparisons.some(({ foundBytes }) => foundBytes > 0));
  const apart = comparisons.filter((one) => Math.abs(difference(one)) > tolerance);
  assert.deepEqual(apart, []);
}
