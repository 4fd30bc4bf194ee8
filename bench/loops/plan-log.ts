import fs from "node:fs";

/**
 * The plans that an engine thread ran, as it wrote them: for each step its length in cells, then the cells, all Int32 in
 * the machine's order.
 *
 * @throws Error where the file ends within a plan
 */
export function readPlanLog(file: string): Int32Array[] {
  const bytes = fs.readFileSync(file);
  const cells = new Int32Array(bytes.buffer, bytes.byteOffset, Math.floor(bytes.length / 4));
  const plans: Int32Array[] = [];
  let at = 0;
  while (at < cells.length) {
    const length = cells[at] ?? 0;
    const plan = cells.subarray(at + 1, at + 1 + length);
    if (length < 1 || plan.length < length) throw new Error(`${file} ends within a plan`);
    plans.push(plan);
    at += 1 + length;
  }
  return plans;
}

/** How many plans lie before this byte of a log. */
export function plansBefore(plans: readonly Int32Array[], byte: number): number {
  let end = 0;
  return plans.findIndex((plan) => {
    end += (1 + plan.length) * 4;
    return end > byte;
  });
}
