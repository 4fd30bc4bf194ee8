import assert from "node:assert/strict";
import { test } from "node:test";
import { machineSlug } from "../../bench/report/machine.js";

test("a machine's name in a file has no spaces, brackets or slashes", () => {
  const machine = { cpu: "AMD EPYC 9654 96-Core / x", cores: 8, gpus: ["NVIDIA H200 (SXM)"] };
  assert.equal(machineSlug(machine), "8-cores-amd-epyc-9654-96-core-x-nvidia-h200-sxm");
});
