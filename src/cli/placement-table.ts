import { allocatedBytes, type DevicePlan, leftBytes, type ModelPlan, together } from "../placement/plan.js";
import { type Column, textTable } from "./text-table.js";

const columns: readonly Column[] = [
  { title: "device", align: "left" },
  { title: "layers", align: "left" },
  { title: "weights", align: "right" },
  { title: "KV cache", align: "right" },
  { title: "compute", align: "right" },
  { title: "margin", align: "right" },
  { title: "total", align: "right" },
  { title: "free after", align: "right" },
];

/** A title and the table of a model that is to be loaded, as one whole or as replicas. */
export function placementText(name: string, plans: readonly ModelPlan[]): string {
  const title = `${name} with ${plans.map(contextOf).join(" and ")}, in GiB`;
  return `${title}\n${placementTable(together(plans))}`;
}

export function contextOf({ slots, contextTokens }: Pick<ModelPlan, "slots" | "contextTokens">): string {
  return slots === null ? `texts of ${contextTokens} tokens` : `${slots} slots × ${contextTokens} tokens`;
}

/** What goes where, in GiB. */
export function placementTable(devices: readonly DevicePlan[]): string {
  return textTable(columns, devices.map(row));
}

function row(plan: DevicePlan): string[] {
  const { device, layers, weightsBytes, kvCacheBytes, computeBytes, marginBytes } = plan;
  return [
    device,
    layers === "" ? "-" : layers,
    gibibytes(weightsBytes),
    gibibytes(kvCacheBytes),
    gibibytes(computeBytes),
    gibibytes(marginBytes),
    gibibytes(allocatedBytes(plan) + marginBytes),
    gibibytes(leftBytes(plan)),
  ];
}

/** Two digits, so that the echo model's 0.02 GiB can be told from nothing. */
export function gibibytes(bytes: number): string {
  return (bytes / 2 ** 30).toFixed(2);
}
