import { BatchPlan, rowMark } from "#weir/engine/batch-plan.js";
import type { Addon, ContextHandle, ModelHandle, NativeContextOptions } from "#weir/llama/addon.js";
import type { TypicalLoad } from "./typical-load.js";

/** Any ordinary token: what it is does not change what it costs. */
const token = 1000;

/** llama.cpp as fast as it goes: full passes in this thread, no scheduler between them. */
export class BareContext {
  readonly #context: ContextHandle;
  readonly #load: TypicalLoad;
  readonly #plan = new BatchPlan();

  constructor(addon: Addon, model: ModelHandle, options: NativeContextOptions, load: TypicalLoad) {
    this.#context = new addon.Context(model, options);
    this.#load = load;
  }

  /**
   * Empties all slots and fills them to their typical length.
   *
   * @returns ms of every full pass, which has `promptsPerPass` × `rowsPerPrompt` rows
   */
  fill(): number[] {
    const { slotTokens, promptsPerPass, rowsPerPrompt } = this.#load;
    const passesMs: number[] = [];
    for (let slot = 0; slot < slotTokens.length; slot += promptsPerPass) {
      this.#plan.clear();
      const prompts = Math.min(promptsPerPass, slotTokens.length - slot);
      for (let prompt = 0; prompt < prompts; prompt++) this.#plan.remove(slot + prompt, 0);
      for (let prompt = 0; prompt < prompts; prompt++) this.#addPrompt(slot + prompt, 0, rowsPerPrompt);
      const ms = this.#step();
      if (prompts === promptsPerPass) passesMs.push(ms);
    }
    for (const slot of slotTokens.keys()) this.#lengthen(slot);
    return passesMs;
  }

  /**
   * One answer token for every slot, at the slots' typical lengths, which stay as they are.
   *
   * @param outputs whether the rows' logits are computed
   * @returns ms of the pass
   */
  decode(outputs: boolean): number {
    const { slotTokens } = this.#load;
    this.#plan.clear();
    for (const [slot, tokens] of slotTokens.entries()) this.#plan.remove(slot, tokens);
    for (const [slot, tokens] of slotTokens.entries()) {
      this.#plan.decodeRow(token, tokens, slot, outputs ? rowMark.unsampled : rowMark.noSampler);
    }
    return this.#step();
  }

  close(): void {
    this.#context.close();
  }

  /** From the length of a full pass's prompts to the slot's own. Where that is shorter, decode() cuts the rest. */
  #lengthen(slot: number): void {
    const { slotTokens, rowsPerPrompt } = this.#load;
    const tokens = slotTokens[slot] ?? 0;
    for (let position = rowsPerPrompt; position < tokens; position += rowsPerPrompt) {
      this.#plan.clear();
      this.#addPrompt(slot, position, Math.min(tokens, position + rowsPerPrompt));
      this.#step();
    }
  }

  #addPrompt(slot: number, from: number, to: number): void {
    for (let position = from; position < to; position++) {
      this.#plan.promptRow(token, position, slot, rowMark.noSampler);
    }
  }

  #step(): number {
    const startedMs = performance.now();
    const [decodeStatus, promptStatus] = this.#context.step(this.#plan.cells(), () => {});
    const ms = performance.now() - startedMs;
    if (decodeStatus !== 0 || promptStatus !== 0) throw new Error("a pass of the bare loop failed");
    return ms;
  }
}
