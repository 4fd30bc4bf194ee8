import assert from "node:assert/strict";
import { test } from "node:test";
import type { DoctorReport, PlacementReport } from "#weir/cli/doctor-report.js";
import { renderDoctorReport } from "#weir/cli/render-doctor-report.js";
import type { DevicePlan } from "#weir/placement/plan.js";

const gibibyte = 2 ** 30;

function report(changes: Partial<DoctorReport> = {}): DoctorReport {
  return {
    weirVersion: "0.1.0",
    nodeVersion: "v20.20.2",
    nodeLlamaCppVersion: "3.22.1",
    installed: ["linux-x64", "linux-x64-cuda"],
    backend: {
      variant: "linux-x64-cuda",
      reason: "auto: found NVIDIA A100 80GB PCIe",
      llamaCppRelease: "v0.5.0",
      addonPath: "/weir/native/build/linux-x64-cuda/weir.node",
      addonBuiltFor: "3.22.1",
      devices: [
        {
          name: "CUDA0",
          description: "NVIDIA A100 80GB PCIe",
          type: "gpu",
          freeBytes: 79 * gibibyte,
          totalBytes: 80 * gibibyte,
        },
      ],
    },
    models: [],
    atStart: null,
    ...changes,
  };
}

/** Qwen3-32B's first half on one device. */
function placement(device: Partial<DevicePlan> = {}, refusal: string | null = null): PlacementReport {
  return {
    entry: null,
    modelPath: "/models/Qwen3-32B-Q4_K_M.gguf",
    instances: [{ slots: 60, contextTokens: 8192 }],
    cacheRamBytes: 0,
    refusal,
    devices: [
      {
        device: "CUDA0",
        layers: "0-31",
        weightsBytes: 9.25 * gibibyte,
        kvCacheBytes: 60 * gibibyte,
        computeBytes: 0.5 * gibibyte,
        outputBytes: 0,
        marginBytes: gibibyte,
        oversized: null,
        freeBytes: 79 * gibibyte,
        ...device,
      },
    ],
  };
}

test("the report names versions, variant, addon and devices", () => {
  assert.equal(
    renderDoctorReport(report()),
    `Weir            0.1.0
Node.js         v20.20.2
node-llama-cpp  3.22.1
installed       linux-x64, linux-x64-cuda
variant         linux-x64-cuda (auto: found NVIDIA A100 80GB PCIe)
llama.cpp       v0.5.0
addon           /weir/native/build/linux-x64-cuda/weir.node (built for node-llama-cpp 3.22.1)

Devices
device  type  free GiB  total GiB  description
CUDA0   gpu      79.00      80.00  NVIDIA A100 80GB PCIe
`,
  );
});

test("a model's part of each device is added up, and what stays free is shown", () => {
  const lines = renderDoctorReport(report({ models: [placement()] }))
    .split("\n")
    .slice(-5);
  assert.deepEqual(lines, [
    "/models/Qwen3-32B-Q4_K_M.gguf with 60 slots × 8192 tokens, in GiB",
    "device  layers  weights  KV cache  compute  margin  total  free after",
    "CUDA0   0-31       9.25     60.00     0.50    1.00  70.75        8.25",
    "It fits.",
    "",
  ]);
});

test("a model that does not fit is told why, and what would", () => {
  const text = renderDoctorReport(report({ models: [placement({}, "too large")] }));
  assert.match(text, /8\.25\nIt does not fit: too large\.\n$/);
});

test("what fits, but leaves less than prefixes may take later, is told so", () => {
  const asked = { ...placement({ device: "CPU" }), cacheRamBytes: 9 * gibibyte };
  assert.match(renderDoctorReport(report({ models: [asked] })), /It fits\. But prefixes may take 9\.00 GiB/);
});

test("a model that embeds has texts instead of slots, replicas are named one by one", () => {
  const titleOf = (instances: PlacementReport["instances"]): string =>
    renderDoctorReport(report({ models: [{ ...placement(), instances }] }));
  assert.match(titleOf([{ slots: null, contextTokens: 512 }]), /gguf with texts of 512 tokens, in GiB\n/);
  const replica = { slots: 30, contextTokens: 8192 };
  assert.match(titleOf([replica, replica]), /with 30 slots × 8192 tokens and 30 slots × 8192 tokens, in/);
});

test("models of a table are told apart by name and by when they are loaded, also those that can't be", () => {
  const main = { ...placement(), entry: { name: "main", load: "start" as const } };
  const lost = { entry: { name: "lost", load: "demand" as const }, fault: "there is no file" };
  const text = renderDoctorReport(report({ models: [main, lost] }));
  assert.match(
    text,
    /\n\nmain \(loaded at the start\): \/models\/\S+ with 60 slots .*\n[\s\S]*\nIt fits\.\n\n/,
  );
  assert.match(text, /\n\nlost \(loaded on demand\): there is no file\n$/);
});

test("what several take together at the start is judged as well", () => {
  const verdictOf = (freeGibibytes: number): string => {
    const { devices } = placement({ freeBytes: freeGibibytes * gibibyte });
    const text = renderDoctorReport(report({ atStart: { names: ["a", "b"], devices } }));
    assert.match(text, /\na, b together, since all are loaded at the start, in GiB\n/);
    return text.trimEnd().split("\n").at(-1) ?? "";
  };
  assert.equal(verdictOf(79), "They fit.");
  assert.match(verdictOf(60), /^They do not fit: CUDA0 lacks 10\.75 GiB \(.*60\.00 are free\)\.$/);
});

test("without a backend what is installed is still shown", () => {
  const text = renderDoctorReport(report({ backend: null }));
  assert.match(text, /installed +linux-x64, linux-x64-cuda\nvariant +none could be opened\n$/);
});
