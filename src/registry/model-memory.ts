import { WeirError } from "../errors.js";
import type { DeviceMemory, MemoryEstimate } from "../llama/addon.js";
import type { LoadOptions } from "../llama/options.js";
import type { Variant } from "../llama/variant.js";
import { allocations } from "../placement/allocation.js";
import { leftBytes, type ModelPlan, together } from "../placement/plan.js";
import { factsOfFile } from "./file-facts.js";
import { planMemory } from "./memory-plan.js";
import { allTogether, type MemoryRoom, shortageOf } from "./memory-room.js";
import type { ModelHost } from "./model-host.js";
import { findPlace, type PlacedModel, placeModel } from "./placing.js";
import type { ServedFacts, ServedInstance } from "./served-model.js";

/** Of a device's bytes: what llama.cpp allocates is planned to some tenths of a percent. */
const toleratedDifference = 0.02;

/** Where a model would go, and whether there is room for it beside all that is loaded. */
export class ModelMemory {
  readonly #host: ModelHost;
  readonly #name: () => string;

  /** @param name of the model, for messages */
  constructor(host: ModelHost, name: () => string) {
    this.#host = host;
    this.#name = name;
  }

  get room(): Omit<MemoryRoom, "freed"> {
    return { limitBytes: this.#host.memoryLimitBytes, usedBytes: this.#host.memoryBytes() };
  }

  /** What the file says that it is. */
  async factsOf(options: LoadOptions): Promise<ServedFacts> {
    const variant = await this.#variant(options);
    const { models } = await findPlace(variant, options, this.#hostFreeBytes);
    const [first] = models;
    const placed = first?.options ?? options;
    const slots = models.reduce((sum, one) => sum + one.options.slots, 0);
    const estimate = first?.estimate ?? (await planMemory(variant, placed));
    const facts = factsOfFile(estimate, placed, variant.addon.build.llamaCpp);
    return facts.slots > 0 && slots > 0 ? { ...facts, slots } : facts;
  }

  /**
   * Why there is no room for it now; null where there is.
   *
   * @param freed what would be given for it
   */
  async shortageOf(options: LoadOptions, freed: readonly DeviceMemory[]): Promise<string | null> {
    if (freed.length > 0) return shortageOf((await this.plan(options)).estimate, { ...this.room, freed });
    const variant = await this.#variant(options);
    return (await findPlace(variant, options, this.#hostFreeBytes, { hasRemedies: false })).refusal;
  }

  /** What all its instances would take together, and why there is no room for them now; null where there is. */
  async plan(options: LoadOptions): Promise<{ estimate: MemoryEstimate; refusal: string | null }> {
    const variant = await this.#variant(options);
    const { models, refusal } = await findPlace(variant, options, this.#hostFreeBytes);
    const estimates = models.map(({ estimate }) => estimate);
    return { estimate: allTogether(estimates, refusal), refusal };
  }

  /** @throws WeirError `context_failed` where the options do not fit */
  async place(options: LoadOptions): Promise<readonly PlacedModel[]> {
    const { limitBytes } = this.room;
    const hostFreeBytes = this.#hostFreeBytes;
    try {
      const placed = await placeModel(await this.#variant(options), options, hostFreeBytes, this.#name());
      this.#warnOfPrefixes(placed, options);
      return placed;
    } catch (thrown) {
      if (!(thrown instanceof WeirError) || thrown.code !== "context_failed" || limitBytes === null)
        throw thrown;
      const [most, left] = [limitBytes, hostFreeBytes].map((bytes) => Math.ceil(bytes / 2 ** 20));
      const limit = `memory-limit is ${most} MiB, of which ${left} MiB are left`;
      throw new WeirError("context_failed", `${thrown.message} (${limit})`, { cause: thrown });
    }
  }

  /** Warns where llama.cpp has allocated otherwise than planned. */
  compare(plan: ModelPlan, { memory }: ServedInstance): void {
    for (const allocation of allocations(plan, memory)) {
      if (Math.abs(allocation.difference) <= toleratedDifference) continue;
      const facts = { model: this.#name(), ...allocation };
      this.#host.log.warn(facts, "llama.cpp has allocated otherwise than planned");
    }
  }

  /** What prefixes may take later is a ceiling, and no part of the plan. */
  #warnOfPrefixes(placed: readonly PlacedModel[], { cacheRamBytes }: LoadOptions): void {
    const host = together(placed.map(({ plan }) => plan)).find(({ device }) => device === "CPU");
    if (host === undefined || leftBytes(host) >= cacheRamBytes) return;
    const facts = { model: this.#name(), cacheRamBytes, leftBytes: Math.floor(leftBytes(host)) };
    const text = "prefixes may take more of the host's memory than the model leaves: lower cache-ram";
    this.#host.log.warn(facts, text);
  }

  /** Of the host's memory, what one more model may take. */
  get #hostFreeBytes(): number {
    const { limitBytes, usedBytes } = this.room;
    const free = process.availableMemory();
    return limitBytes === null ? free : Math.min(free, Math.max(0, limitBytes - usedBytes));
  }

  #variant({ gpu }: LoadOptions): Promise<Variant> {
    return this.#host.openVariant(gpu);
  }
}
