import fs from "node:fs";
import type { StepResult } from "../engine/backend.js";
import type { BatchPlan } from "../engine/batch-plan.js";
import type { Addon, ModelHandle, NativeContextOptions } from "./addon.js";
import { LlamaBackend } from "./llama-backend.js";

/**
 * A backend that appends every plan that it ran to a file: the number of its cells, then the cells, all Int32 in the
 * machine's order. For benches, which run the same plans again without anything around them.
 */
export class PlanLoggingBackend extends LlamaBackend {
  readonly #file: number;

  constructor(path: string, addon: Addon, model: ModelHandle, options: NativeContextOptions) {
    super(addon, model, options);
    this.#file = fs.openSync(path, "w");
  }

  override step(plan: BatchPlan, onDecoded: (tokens: Int32Array) => void): StepResult {
    try {
      return super.step(plan, onDecoded);
    } finally {
      const cells = plan.cells();
      const record = new Int32Array(cells.length + 1);
      record[0] = cells.length;
      record.set(cells, 1);
      fs.writeSync(this.#file, new Uint8Array(record.buffer));
    }
  }

  override close(): void {
    super.close();
    fs.closeSync(this.#file);
  }
}
