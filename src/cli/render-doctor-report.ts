import { type DevicePlan, fits, leftBytes } from "../placement/plan.js";
import { shortfallText } from "../placement/refusal.js";
import type {
  DeviceReport,
  DoctorReport,
  ModelFault,
  PlacementReport,
  StartReport,
  TableEntry,
} from "./doctor-report.js";
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
  sections.push(...report.models.map(renderModel));
  if (report.atStart !== null) sections.push(renderStart(report.atStart));
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

function renderModel(model: PlacementReport | ModelFault): string {
  if ("fault" in model) return `${entryText(model.entry)}${model.fault}`;
  const { entry, modelPath, instances, devices, cacheRamBytes, refusal } = model;
  const title = `${entry === null ? "" : entryText(entry)}${modelPath} with ${instances.map(contextOf).join(" and ")}, in GiB`;
  const verdict =
    refusal === null ? `It fits.${laterText(devices, cacheRamBytes)}` : `It does not fit: ${refusal}.`;
  return `${title}\n${placementTable(devices)}\n${verdict}`;
}

function entryText({ name, load }: TableEntry): string {
  return `${name} (${load === "start" ? "loaded at the start" : "loaded on demand"}): `;
}

function renderStart({ names, devices }: StartReport): string {
  const title = `${names.join(", ")} together, since all are loaded at the start, in GiB`;
  const verdict = fits({ devices }) ? "They fit." : `They do not fit: ${shortfallText(devices)}.`;
  return `${title}\n${placementTable(devices)}\n${verdict}`;
}

/** A ceiling that may never be reached is no reason to refuse. */
function laterText(devices: readonly DevicePlan[], cacheRamBytes: number): string {
  const host = devices.find(({ device }) => device === "CPU");
  if (host === undefined || leftBytes(host) >= cacheRamBytes) return "";
  return ` But prefixes may take ${gibibytes(cacheRamBytes)} GiB of the host's memory later (--cache-ram).`;
}
