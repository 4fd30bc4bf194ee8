import assert from "node:assert/strict";
import { test } from "node:test";
import { configFields } from "#weir/config/load.js";
import { environmentNameOf, flagOf, settings, yamlKeyOf } from "#weir/config/setting.js";

test("a field has one name for each place that it can be given at", () => {
  assert.deepEqual(
    [flagOf("nGpuLayers"), environmentNameOf("nGpuLayers"), yamlKeyOf("nGpuLayers")],
    ["--n-gpu-layers", "WEIR_N_GPU_LAYERS", "n-gpu-layers"],
  );
});

test("every field is documented", () => {
  const undocumented = configFields.filter(([, schema]) => !settings.get(schema)?.description);
  assert.deepEqual(
    undocumented.map(([field]) => field),
    [],
  );
});

test("no two fields share a short flag", () => {
  const shortFlags = configFields.flatMap(([, schema]) => settings.get(schema)?.shortFlag ?? []);
  assert.equal(new Set(shortFlags).size, shortFlags.length);
});
