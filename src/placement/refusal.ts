import { type DevicePlan, leftBytes } from "./plan.js";

const gib = (bytes: number): string => (bytes / 2 ** 30).toFixed(2);

/** Why a plan does not fit, with the numbers of every device that is too small. */
export function shortfallText(devices: readonly DevicePlan[]): string {
  return devices.flatMap(shortfallsOf).join("; ");
}

function shortfallsOf(plan: DevicePlan): string[] {
  const { device, weightsBytes, kvCacheBytes, computeBytes, marginBytes, freeBytes, oversized } = plan;
  const texts: string[] = [];
  const left = leftBytes(plan);
  if (left < 0) {
    texts.push(
      `${device} lacks ${gib(-left)} GiB (weights ${gib(weightsBytes)} + KV cache ${gib(kvCacheBytes)} + compute ` +
        `${gib(computeBytes)} + margin ${gib(marginBytes)}, and ${gib(freeBytes)} are free)`,
    );
  }
  if (oversized !== null) {
    texts.push(
      `${device} takes no tensor beyond ${gib(oversized.limitBytes)} GiB, and a layer's part of the KV cache has ${gib(oversized.bytes)}`,
    );
  }
  return texts;
}

/** @param flags what fits, each to be pasted; none where nothing near does */
export function remedyText(flags: readonly string[]): string {
  return flags.length === 0
    ? "fewer slots (--parallel), a shorter context (--ctx-size) or a smaller quantization of the model take less"
    : `this fits: ${flags.join(", or ")}`;
}
