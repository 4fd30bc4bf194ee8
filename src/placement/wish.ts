import type { Placement } from "../llama/options.js";
import { computedPlan, type PlannedDevice, type PlanOptions } from "./computed-plan.js";
import type { ModelShape } from "./model-shape.js";
import { type DevicePlan, type ModelPlan, together } from "./plan.js";

/** What is asked of all devices together. */
export interface Wish extends PlanOptions {
  readonly placement: Placement;
  /** Index of the device of a `single` one. */
  readonly mainGpu: number;
}

/** One whole model, and the devices that it gets. */
export interface Share<Device> {
  readonly devices: readonly Device[];
  readonly slots: number;
  readonly tensorSplit: readonly number[];
}

/** Which models there are: one, or a replica a device, which share the slots. */
export function sharesOfWish<Device>(
  { placement, slots, mainGpu, tensorSplit }: Pick<Wish, "placement" | "slots" | "mainGpu" | "tensorSplit">,
  devices: readonly Device[],
): readonly Share<Device>[] {
  if (placement === "split" || devices.length === 0) return [{ devices, slots, tensorSplit }];
  if (placement === "single") {
    return [{ devices: devices.slice(mainGpu, mainGpu + 1), slots, tensorSplit: [] }];
  }
  const each = Math.ceil(slots / devices.length);
  return devices.map((device) => ({ devices: [device], slots: each, tensorSplit: [] }));
}

/** The plan of a wish on devices that need not be there, with all its models. */
export function plansOfWish(
  shape: ModelShape,
  devices: readonly PlannedDevice[],
  host: PlannedDevice,
  wish: Wish,
): readonly ModelPlan[] {
  return sharesOfWish(wish, devices).map((share) => {
    return computedPlan(shape, share.devices, host, { ...wish, ...share });
  });
}

export function devicesOfWish(
  shape: ModelShape,
  devices: readonly PlannedDevice[],
  host: PlannedDevice,
  wish: Wish,
): readonly DevicePlan[] {
  return together(plansOfWish(shape, devices, host, wish));
}
