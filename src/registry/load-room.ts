import { messageOf, WeirError } from "../errors.js";
import type { HostedModel } from "./hosted-model.js";
import type { RegistryLog } from "./registry-log.js";
import { isBusy, type Resident, type Shortage } from "./resident.js";

export interface LoadRoomOptions {
  readonly log: RegistryLog;
  /** How many models may be loaded at the same time; 0: as many as fit. */
  readonly most: number;
  /** How long a model waits for those that must go for it. */
  readonly roomMs: number;
}

/** Makes room for a model: unloads others, the least recently used first, none that is pinned or busy. */
export class LoadRoom {
  readonly #options: LoadRoomOptions;
  readonly #residents: () => Iterable<Resident>;

  constructor(options: LoadRoomOptions, residents: () => Iterable<Resident>) {
    this.#options = options;
    this.#residents = residents;
  }

  /**
   * Resolves to `free` when there is room, to `busy` where only busy ones are left that could go, or it is being swapped itself, and
   * to `unwanted` when nobody waits for the model any more: nobody goes for it then.
   *
   * @throws WeirError where there would be none even if all went, or none has come in time
   */
  async make(resident: Resident, closing: AbortSignal): Promise<"free" | "busy" | "unwanted"> {
    const { model } = resident;
    // Who waited takes what has become free before anything is planned again: it may not be so after that.
    let isPlanned = false;
    while (!closing.aborted && model.isAwaited) {
      // It is about to be another file, for which other room is needed.
      if (model.swapProgress !== null) return "busy";
      const victim = resident.shortage === null ? null : this.#victimFor(model);
      if (victim === null && isPlanned && resident.shortage !== null) {
        this.wait(resident, resident.shortage.reason);
        return "busy";
      }
      if (victim !== null) await this.#unload(victim, resident);
      isPlanned = true;
      const shortage = await this.#shortageOf(resident);
      if (shortage === null) return closing.aborted || !model.isAwaited ? "unwanted" : "free";
      resident.shortage = shortage;
    }
    return "unwanted";
  }

  /**
   * It lacks this, and waits on.
   *
   * @throws WeirError where it has waited as long as it may
   */
  wait(resident: Resident, reason: string): void {
    const { roomMs } = this.#options;
    const sinceMs = resident.shortage?.sinceMs ?? performance.now();
    resident.shortage = { sinceMs, reason };
    if (performance.now() - sinceMs <= roomMs) return;
    throw new WeirError("context_failed", `${reason} All that could go was busy for ${roomMs / 1000} s.`);
  }

  /** Others that may go for it, busy or not. */
  spare(model: HostedModel): readonly Resident[] {
    return [...this.#residents()].filter(
      (other) => other.model !== model && other.model.loaded.length > 0 && !other.policy.isPinned,
    );
  }

  #victimFor(model: HostedModel): HostedModel | null {
    const [victim] = this.spare(model)
      .filter((other) => !isBusy(other.model))
      .sort((a, b) => a.lastAskedMs - b.lastAskedMs);
    return victim?.model ?? null;
  }

  /** One that can't be freed is no fault of the model that it goes for, which may find room all the same. */
  async #unload(victim: HostedModel, { model, shortage }: Resident): Promise<void> {
    const { log } = this.#options;
    const facts = { model: victim.id, for: model.id };
    log.info({ ...facts, reason: shortage?.reason }, "the model is unloaded to make room for another");
    try {
      await victim.unload();
    } catch (thrown) {
      log.error({ ...facts, reason: messageOf(thrown) }, "the model could not be unloaded");
    }
  }

  /** @throws WeirError where there would be no room even if all that may go went */
  async #shortageOf({ model, shortage }: Resident): Promise<Shortage | null> {
    const reason = this.#tooMany(model) ?? (await model.shortage());
    if (reason === null) return null;
    if (shortage === null) await this.#requireSpare(model, reason);
    return { sinceMs: shortage?.sinceMs ?? performance.now(), reason };
  }

  /** Nobody goes for a model that would not fit even if all went. */
  async #requireSpare(model: HostedModel, reason: string): Promise<void> {
    const spare = this.spare(model);
    if (spare.length === 0) {
      // Memory may come back by itself; a place among `models-max` that a pinned model has does not.
      if (this.#tooMany(model) !== null) throw new WeirError("model_load_failed", reason);
      throw new WeirError("context_failed", (await model.refusal()) ?? reason);
    }
    const lasting = await model.shortage(spare.flatMap((other) => other.model.facts.memory));
    if (lasting !== null) throw new WeirError("context_failed", lasting);
  }

  #tooMany(model: HostedModel): string | null {
    const { most } = this.#options;
    const others = [...this.#residents()].filter(
      (other) => other.model !== model && other.model.loaded.length > 0,
    );
    return most > 0 && others.length >= most
      ? `${others.length} models are loaded, and models-max is ${most}.`
      : null;
  }
}
