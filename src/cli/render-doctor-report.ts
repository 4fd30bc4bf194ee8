import type { DevicePlacement, DeviceReport, DoctorReport, PlacementReport } from "./doctor-report.js";
import { type Column, textTable } from "./text-table.js";

const gibibyte = 2 ** 30;

const deviceColumns: readonly Column[] = [
  { title: "device", align: "left" },
  { title: "type", align: "left" },
  { title: "free GiB", align: "right" },
  { title: "total GiB", align: "right" },
  { title: "description", align: "left" },
];

const placementColumns: readonly Column[] = [
  { title: "device", align: "left" },
  { title: "layers", align: "left" },
  { title: "weights", align: "right" },
  { title: "KV cache", align: "right" },
  { title: "compute", align: "right" },
  { title: "total", align: "right" },
  { title: "free after", align: "right" },
];

/** The whole report as text, sizes in GiB. */
export function renderDoctorReport(report: DoctorReport): string {
  const sections = [renderVersions(report)];
  if (report.backend !== null) sections.push(renderDevices(report.backend.devices));
  if (report.placement !== null) sections.push(renderPlacement(report.placement));
  return `${sections.join("\n\n")}\n`;
}

function renderVersions({ weirVersion, nodeVersion, nodeLlamaCppVersion, installed, backend }: DoctorReport) {
  const facts: (readonly [name: string, value: string])[] = [
    ["Weir", weirVersion],
    ["Node.js", nodeVersion],
    ["node-llama-cpp", nodeLlamaCppVersion],
    ["installed", installed.length > 0 ? installed.join(", ") : "no variant"],
  ];
  if (backend === null) {
    facts.push(["variant", "none could be opened"]);
  } else {
    facts.push(
      ["variant", `${backend.variant} (${backend.reason})`],
      ["llama.cpp", backend.llamaCppRelease],
      ["addon", `${backend.addonPath} (built for node-llama-cpp ${backend.addonBuiltFor})`],
    );
  }
  return facts.map(([name, value]) => `${name.padEnd(16)}${value}`).join("\n");
}

function renderDevices(devices: readonly DeviceReport[]): string {
  const rows = devices.map(({ name, type, freeBytes, totalBytes, description }) => [
    name,
    type,
    gibibytes(freeBytes),
    gibibytes(totalBytes),
    description,
  ]);
  return `Devices\n${textTable(deviceColumns, rows)}`;
}

function renderPlacement({ modelPath, slots, contextTokens, devices }: PlacementReport): string {
  const [context, remedy] =
    slots === null
      ? [`texts of ${contextTokens} tokens`, "A smaller --ctx-size or --batch-size takes less memory."]
      : [
          `${slots} slots × ${contextTokens} tokens`,
          "Fewer slots (--parallel) or a smaller --ctx-size take less KV cache.",
        ];
  const title = `${modelPath} with ${context}, in GiB`;
  return `${title}\n${textTable(placementColumns, devices.map(placementRow))}\n${verdict(devices, remedy)}`;
}

function placementRow(placement: DevicePlacement): string[] {
  const { device, layers, weightsBytes, kvCacheBytes, computeBytes, freeBytes } = placement;
  const totalBytes = totalOf(placement);
  return [
    device,
    layers === "" ? "-" : layers,
    gibibytes(weightsBytes),
    gibibytes(kvCacheBytes),
    gibibytes(computeBytes),
    gibibytes(totalBytes),
    gibibytes(freeBytes - totalBytes),
  ];
}

function verdict(devices: readonly DevicePlacement[], remedy: string): string {
  const gaps = devices
    .map((placement) => ({
      device: placement.device,
      lackingBytes: totalOf(placement) - placement.freeBytes,
    }))
    .filter(({ lackingBytes }) => lackingBytes > 0)
    .map(({ device, lackingBytes }) => `${device} lacks ${gibibytes(lackingBytes)} GiB`);
  if (gaps.length === 0) return "It fits.";
  return `It does not fit: ${gaps.join(", ")}. ${remedy}`;
}

function totalOf({ weightsBytes, kvCacheBytes, computeBytes }: DevicePlacement): number {
  return weightsBytes + kvCacheBytes + computeBytes;
}

/** Two digits, so that the echo model's 0.02 GiB can be told from nothing. */
function gibibytes(bytes: number): string {
  return (bytes / gibibyte).toFixed(2);
}
