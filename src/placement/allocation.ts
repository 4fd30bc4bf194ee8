import type { DeviceMemory } from "../llama/addon.js";
import { allocatedBytes, type ModelPlan } from "./plan.js";

/** A device's bytes by the plan, and those that llama.cpp says it has allocated. */
export interface Allocation {
  readonly device: string;
  readonly plannedBytes: number;
  readonly allocatedBytes: number;
  /** Allocated over planned, minus 1. */
  readonly difference: number;
}

/** @param memory per buffer type: those that are no device's own are the host's (`CPU_REPACK`, `CUDA_Host`) */
export function allocations({ devices }: ModelPlan, memory: readonly DeviceMemory[]): readonly Allocation[] {
  const names = new Set(devices.map(({ device }) => device));
  return devices.map((plan) => {
    const { device, outputBytes } = plan;
    const plannedBytes = allocatedBytes(plan) - outputBytes;
    const allocated = memory
      .filter((use) => (names.has(use.device) ? use.device : "CPU") === device)
      .reduce((sum, use) => sum + use.modelBytes + use.contextBytes + use.computeBytes, 0);
    const difference = plannedBytes === 0 ? (allocated === 0 ? 0 : 1) : allocated / plannedBytes - 1;
    return { device, plannedBytes, allocatedBytes: allocated, difference };
  });
}
