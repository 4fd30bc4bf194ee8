import { rowMark } from "#weir/engine/batch-plan.js";

// native/src/plan.h
const headerCells = 3;
const operationCells = 3;
const rowCells = 4;

/**
 * A copy of a plan whose rows ask for their logits, and nothing samples them.
 *
 * @throws Error where the plan has another layout than this file knows
 */
export function unsampled(plan: Int32Array): Int32Array {
  const [operations = 0, decodeRows = 0, promptRows = 0] = plan;
  const firstRow = headerCells + operations * operationCells;
  if (plan.length !== firstRow + (decodeRows + promptRows) * rowCells) {
    throw new Error("plans have another layout than bench/loops/unsampled-plan.ts knows");
  }
  const copy = plan.slice();
  for (let at = firstRow + rowCells - 1; at < copy.length; at += rowCells) {
    if ((copy[at] ?? -1) >= 0) copy[at] = rowMark.unsampled;
  }
  return copy;
}
