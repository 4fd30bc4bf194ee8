import assert from "node:assert/strict";
import { test } from "node:test";
import type { Placement } from "#weir/llama/options.js";
import { nearestWishes } from "#weir/placement/nearest-wishes.js";
import { fits, leftBytes } from "#weir/placement/plan.js";
import { devicesOfWish, type Wish } from "#weir/placement/wish.js";
import { type Quantization, qwen3_32b, qwen3ShapeOf } from "../support/qwen3-tensors.js";
import { gpu, hostOf, wishOf } from "./wishes.js";

const gib = 2 ** 30;
/** What of an A100 80GB is there for programs. */
const devices = [0, 1].map((index) => gpu(`CUDA${index}`, 79.25 * gib, 80 * gib));
const host = hostOf(256 * gib);

interface Expected {
  readonly asked: readonly [quantization: Quantization, slots: number, contextTokens: number];
  /** Left on each GPU, GiB; negative where it does not fit. */
  readonly left: readonly number[];
  /** What does, where it does not. */
  readonly near?: readonly string[];
}

const q8Cache = "--cache-type-k q8_0 --cache-type-v q8_0";

const split: readonly Expected[] = [
  {
    asked: ["BF16", 60, 8192],
    left: [-13.86, -9.79],
    near: ["--parallel 46", "--ctx-size 6144", q8Cache],
  },
  { asked: ["BF16", 60, 32_768], left: [-199.59, -184.26], near: ["--parallel 11", "--ctx-size 6144"] },
  {
    asked: ["BF16", 16, 32_768],
    left: [-18.07, -13.74],
    near: ["--parallel 11", "--ctx-size 23808", q8Cache],
  },
  { asked: ["Q8_0", 60, 8192], left: [0.19, 4.09] },
  { asked: ["Q8_0", 60, 32_768], left: [-185.54, -170.38], near: ["--parallel 15", "--ctx-size 8192"] },
  {
    asked: ["Q8_0", 16, 32_768],
    left: [-4.02, 0.14],
    near: ["--parallel 15", "--ctx-size 30720", q8Cache],
  },
  { asked: ["Q4_K_M", 60, 8192], left: [7.16, 10.78] },
  { asked: ["Q4_K_M", 60, 32_768], left: [-178.57, -163.69], near: ["--parallel 16", "--ctx-size 8960"] },
  { asked: ["Q4_K_M", 16, 32_768], left: [2.95, 6.83] },
];

const replicate: readonly Expected[] = [
  { asked: ["Q4_K_M", 60, 8192], left: [0.06, 0.06] },
  {
    asked: ["Q8_0", 60, 8192],
    left: [-13.6, -13.6],
    near: ["--parallel 46", "--ctx-size 6144", q8Cache, "--placement split"],
  },
  {
    asked: ["Q4_K_M", 16, 32_768],
    left: [-3.95, -3.95],
    near: ["--parallel 14", "--ctx-size 30720", q8Cache, "--placement split"],
  },
];

function check(placement: Placement, { asked, left, near = [] }: Expected): void {
  const [quantization, slots, contextTokens] = asked;
  const shape = qwen3ShapeOf(qwen3_32b, quantization);
  const wish = wishOf({ placement, slots, contextTokens });
  const plansOf = (one: Wish) => ({ devices: devicesOfWish(shape, devices, host, one) });
  const plan = plansOf(wish);
  const found = plan.devices.slice(0, -1).map((device) => Number((leftBytes(device) / gib).toFixed(2)));
  const nearest = fits(plan) ? [] : nearestWishes(wish, (one) => fits(plansOf(one)));
  assert.deepEqual({ left: found, near: nearest.map(({ flags }) => flags) }, { left, near });
}

for (const expected of split) {
  test(`Qwen3-32B ${expected.asked.join(" × ")} split over two A100: ${expected.near ? "refused" : "fits"}`, () => {
    check("split", expected);
  });
}

for (const expected of replicate) {
  test(`Qwen3-32B ${expected.asked.join(" × ")} on each of two A100: ${expected.near ? "refused" : "fits"}`, () => {
    check("replicate", expected);
  });
}

test("the layers and the output are cut in the middle, weights and cache with them", () => {
  const shape = qwen3ShapeOf(qwen3_32b, "Q4_K_M");
  const plan = devicesOfWish(shape, devices, host, wishOf({ slots: 60, contextTokens: 8192 }));
  const rows = plan.map(({ device, layers, weightsBytes, kvCacheBytes }) => {
    return [device, layers, ...[weightsBytes, kvCacheBytes].map((bytes) => (bytes / gib).toFixed(2))];
  });
  // 256 KiB a token of 64 layers: 8 heads × 128 values × keys and values × 2 bytes.
  assert.deepEqual(rows, [
    ["CUDA0", "0-32", "8.95", "61.88"],
    ["CUDA1", "33-63, output", "9.04", "58.13"],
    ["CPU", "", "0.41", "0.00"],
  ]);
});

test("the tensors of the simulated files are those of the real one", () => {
  const bytes = qwen3ShapeOf(qwen3_32b, "Q4_K_M").tensors.reduce((sum, tensor) => sum + tensor.bytes, 0);
  // Qwen3-32B-Q4_K_M.gguf has 19,762,149,024 bytes, of which the vocabulary takes about 6 MB.
  assert.ok(Math.abs(bytes - 19_756_000_000) < 2_000_000, `${bytes} bytes`);
});
