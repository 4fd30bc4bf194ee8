import { BatchPlan, rowMark } from "#weir/engine/batch-plan.js";
import { greedy } from "../engine/builders.js";
import { type ContextHandle, noDecoded } from "./addon.js";

/** Runs a plan that is built by `build`; the result as native/src/step.h lays it out. */
export function runPlan(context: ContextHandle, build: (plan: BatchPlan) => void): Int32Array {
  const plan = new BatchPlan();
  build(plan);
  return context.step(plan.cells(), noDecoded);
}

/** One slot of a context, driven by hand: greedy, with the sampler of the slot's number. */
export class Slot {
  readonly slot: number;
  readonly #context: ContextHandle;

  constructor(context: ContextHandle, slot: number) {
    this.#context = context;
    this.slot = slot;
    context.setSampler(slot, greedy, Int32Array.of());
  }

  /** Computes tokens at `position` in the prompt pass; the token that follows them. */
  compute(tokens: readonly number[], position = 0): number {
    const last = tokens.length - 1;
    const result = runPlan(this.#context, (plan) => {
      for (const [i, token] of tokens.entries())
        plan.promptRow(token, position + i, this.slot, i === last ? this.slot : rowMark.noSampler);
    });
    return result.at(-1) ?? -1;
  }

  /** Goes on for `count` tokens from a token that is not computed yet. */
  goOn(token: number, position: number, count: number): number[] {
    const tokens: number[] = [];
    for (let i = 0; i < count; i++) {
      const before = tokens.at(-1) ?? token;
      const result = runPlan(this.#context, (plan) =>
        plan.decodeRow(before, position + i, this.slot, this.slot),
      );
      tokens.push(result.at(-1) ?? -1);
    }
    return tokens;
  }
}
