import { type DevicePlan, leftBytes } from "../placement/plan.js";
import type { DeviceReport, DoctorReport, PlacementReport } from "./doctor-report.js";
import { contextOf, gibibytes, placementTable } from "./placement-table.js";
import { type Column, textTable } from "./text-table.js";

const deviceColumns: readonly Column[] = [
  { title: "device", align: "left" },
  { title: "type", align: "left" },
  { title: "free GiB", align: "right" },
  { title: "total GiB", align: "right" },
  { title: "description", align: "left" },
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

function renderPlacement({ modelPath, instances, devices, cacheRamBytes, refusal }: PlacementReport): string {
  const title = `${modelPath} with ${instances.map(contextOf).join(" and ")}, in GiB`;
  const verdict =
    refusal === null ? `It fits.${laterText(devices, cacheRamBytes)}` : `It does not fit: ${refusal}.`;
  return `${title}\n${placementTable(devices)}\n${verdict}`;
}

/** A ceiling that may never be reached is no reason to refuse. */
function laterText(devices: readonly DevicePlan[], cacheRamBytes: number): string {
  const host = devices.find(({ device }) => device === "CPU");
  if (host === undefined || leftBytes(host) >= cacheRamBytes) return "";
  return ` But prefixes may take ${gibibytes(cacheRamBytes)} GiB of the host's memory later (--cache-ram).`;
}
