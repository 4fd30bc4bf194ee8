import assert from "node:assert/strict";
import { test } from "node:test";
import { layersByDevice } from "#weir/cli/layer-placement.js";

function logOf(...devices: string[]): string[] {
  return devices.map((device, layer) => {
    return `load_tensors: layer ${String(layer).padStart(3)} assigned to device ${device}, is_swa = 0`;
  });
}

test("each device's run of layers is read from llama.cpp's log, the output's layer by its name", () => {
  const log = ["llama_model_loader: loaded", ...logOf("CPU", "CUDA0", "CUDA0", "CUDA1", "CUDA1")];
  assert.deepEqual(
    [...layersByDevice(log, 4)],
    [
      ["CPU", "0"],
      ["CUDA0", "1-2"],
      ["CUDA1", "3, output"],
    ],
  );
});

test("a log of two readings says the same", () => {
  const log = logOf("CUDA0", "CUDA1");
  assert.deepEqual(layersByDevice([...log, ...log], 2), layersByDevice(log, 2));
});

test("a device may hold nothing but the output", () => {
  assert.equal(layersByDevice(logOf("CPU", "CUDA0"), 1).get("CUDA0"), "output");
});
