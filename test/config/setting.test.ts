import assert from "node:assert/strict";
import { test } from "node:test";
import { fields } from "#weir/config/fields.js";
import { environmentNameOf, flagOf, yamlKeyOf } from "#weir/config/setting.js";

test("a field has one name for each place that it can be given at", () => {
  assert.deepEqual(
    [flagOf("nGpuLayers"), environmentNameOf("nGpuLayers"), yamlKeyOf("nGpuLayers")],
    ["--n-gpu-layers", "WEIR_N_GPU_LAYERS", "n-gpu-layers"],
  );
});

test("no two fields share a short flag", () => {
  const shortFlags = fields.flatMap(({ setting }) => setting.shortFlag ?? []);
  assert.equal(new Set(shortFlags).size, shortFlags.length);
});
