import { WeirError } from "../errors.js";
import { readGguf } from "../gguf/read-gguf.js";
import { readShards } from "../gguf/shards.js";
import type { Device, MemoryEstimate } from "../llama/addon.js";
import { autoContext, autoSlots, type LoadOptions, slotLimit } from "../llama/options.js";
import type { Variant } from "../llama/variant.js";
import { cellsOf } from "../placement/kv-cache-bytes.js";
import { measuredPlan } from "../placement/measured-plan.js";
import type { ModelShape } from "../placement/model-shape.js";
import { mostContext, mostSlots, type NearWish, nearestWishes } from "../placement/nearest-wishes.js";
import { type DevicePlan, fits, type ModelPlan, together } from "../placement/plan.js";
import { readShape } from "../placement/read-shape.js";
import { remedyText, shortfallText } from "../placement/refusal.js";
import { devicesOfWish, type Share, sharesOfWish, type Wish } from "../placement/wish.js";
import { planMemory } from "./memory-plan.js";

/** One whole model of those that are to be loaded, with all numbers in its options. */
export interface PlacedModel {
  readonly options: LoadOptions;
  readonly plan: ModelPlan;
  /** What the plan was made of. */
  readonly estimate: MemoryEstimate;
}

/** What was found for a wish, whether it fits or not. */
export interface Placed {
  /** None where llama.cpp can't be asked, since it would end the process. */
  readonly models: readonly PlacedModel[];
  /** Of all models together. */
  readonly devices: readonly DevicePlan[];
  /** Why it does not fit, and what does; null where it fits. */
  readonly refusal: string | null;
}

export interface RefusalWish {
  /** Whether a refusal says what would fit: that takes a dozen plans more. */
  readonly hasRemedies: boolean;
}

/** What is taken of a model's trained context where none is asked for (native/src/placement.cc). */
const defaultContextLimit = 8192;
/** llama.cpp keeps a record of every cell, also of a context that is only planned: of 256 million for 25 s and some GiB. */
const mostMeasuredCells = 2 ** 22;
/** The computed plan and llama.cpp's own may be apart: so often a little less is tried. */
const tries = 4;

/**
 * Plans where a file goes with these options, and makes numbers of what they leave open. Loads no weights.
 *
 * @param hostFreeBytes of the host's memory, for what is to be loaded
 * @throws WeirError `model_load_failed`, `invalid_argument`: the file can't be read, or an option does not fit it
 */
export function findPlace(
  variant: Variant,
  options: LoadOptions,
  hostFreeBytes: number,
  refusals: RefusalWish = { hasRemedies: true },
): Promise<Placed> {
  return new Placing(variant, options, hostFreeBytes, refusals).run();
}

/**
 * The same, of what fits.
 *
 * @param name of the model, for the refusal
 * @throws WeirError `context_failed` where it does not, with the numbers and what would
 */
export async function placeModel(
  variant: Variant,
  options: LoadOptions,
  hostFreeBytes: number,
  name = "it",
): Promise<readonly PlacedModel[]> {
  const { models, refusal } = await findPlace(variant, options, hostFreeBytes);
  if (refusal !== null) throw new WeirError("context_failed", `${name} does not fit: ${refusal}`);
  return models;
}

/** The GPUs that llama.cpp would use, in its order: integrated ones only where there are no others. */
export function usedDevices(variant: Variant, { devices: names, gpuLayers }: LoadOptions): readonly Device[] {
  const all = variant.addon.devices();
  if (names.length > 0) {
    return names.flatMap((name) => all.filter((device) => device.name === name && device.type !== "cpu"));
  }
  if (variant.cpuOnly || gpuLayers === 0) return [];
  const gpus = all.filter(({ type }) => type === "gpu");
  return gpus.length > 0 ? gpus : all.filter(({ type }) => type === "integrated").slice(0, 1);
}

class Placing {
  readonly #variant: Variant;
  readonly #options: LoadOptions;
  readonly #hostFreeBytes: number;
  readonly #hasRemedies: boolean;
  readonly #devices: readonly Device[];
  /** Undefined: not read yet. */
  #shape: ModelShape | null | undefined;

  constructor(variant: Variant, options: LoadOptions, hostFreeBytes: number, refusals: RefusalWish) {
    this.#variant = variant;
    const { placement, splitMode } = options;
    // llama-server's way to say so.
    const isSingle = placement === "split" && splitMode === "none";
    this.#options = isSingle ? { ...options, placement: "single" } : options;
    this.#hostFreeBytes = hostFreeBytes;
    this.#hasRemedies = refusals.hasRemedies;
    this.#devices = usedDevices(variant, options);
  }

  async run(): Promise<Placed> {
    const { slots, contextTokens, placement, mainGpu } = this.#options;
    const count = this.#devices.length;
    if (placement === "single" && count > 0 && mainGpu >= count) {
      throw new WeirError(
        "invalid_argument",
        `main-gpu is ${mainGpu}, and the devices are ${count}, counted from 0`,
      );
    }
    if (slots === autoSlots || contextTokens === autoContext) {
      await this.#readShape();
      return this.#filled(this.#asked());
    }
    // Where memory is the only limit, and it is not absurdly much that is asked for, llama.cpp's own plan is enough.
    const isLimited = this.#devices.some(
      ({ largestTensorBytes }) => largestTensorBytes < Number.POSITIVE_INFINITY,
    );
    if (isLimited || slots * contextTokens > mostMeasuredCells) await this.#readShape();
    return this.#judged(this.#options);
  }

  async #readShape(): Promise<void> {
    if (this.#shape !== undefined) return;
    const files = await readShards(await readGguf(this.#options.modelPath));
    this.#shape = readShape(files);
  }

  /** What is asked, with the most that it could be where that is left open. */
  #asked(): Wish {
    const { slots, contextTokens, batchTokens } = this.#options;
    const most = { ...this.#options, slots: slots === autoSlots ? Math.min(slotLimit, batchTokens) : slots };
    return contextTokens === autoContext
      ? { ...most, contextTokens: this.#trainedTokens }
      : this.#numbered(most);
  }

  #numbered(wish: Wish): Wish {
    if (wish.contextTokens > 0) return wish;
    return { ...wish, contextTokens: Math.min(this.#trainedTokens, defaultContextLimit) };
  }

  get #trainedTokens(): number {
    return this.#shape?.trainedContextTokens ?? defaultContextLimit;
  }

  /** As much as fits of what is left open; where nothing does, the least, with what it lacks. */
  async #filled(most: Wish): Promise<Placed> {
    let wish = most;
    for (let left = tries; left > 0; left--) {
      const next = this.#largest(wish);
      if (next === null) break;
      const models = await this.#measuredAll(next);
      const devices = devicesOf(models);
      if (fits({ devices })) return { models, devices, refusal: null };
      wish = this.#less(next);
    }
    const isOpen = this.#options.slots === autoSlots;
    return this.#judged(isOpen ? { ...most, slots: 1 } : { ...most, contextTokens: 1024 });
  }

  #largest(most: Wish): Wish | null {
    const computed = (wish: Wish): boolean => this.#fitsComputed(wish);
    if (this.#options.contextTokens === autoContext) {
      const wish = this.#options.slots === autoSlots ? { ...most, slots: 1 } : most;
      const contextTokens = mostContext(wish, cellsOf(most.contextTokens), computed);
      if (contextTokens === null) return null;
      const bounded = { ...wish, contextTokens: Math.min(contextTokens, most.contextTokens) };
      if (this.#options.slots !== autoSlots) return bounded;
      const slots = mostSlots(bounded, most.slots, computed);
      return slots === null ? null : { ...bounded, slots };
    }
    const slots = mostSlots(most, most.slots, computed);
    return slots === null ? null : { ...most, slots };
  }

  #less(wish: Wish): Wish {
    return this.#options.slots === autoSlots
      ? { ...wish, slots: Math.max(1, Math.floor(wish.slots * 0.95)) }
      : { ...wish, contextTokens: Math.max(256, Math.floor((wish.contextTokens * 0.95) / 256) * 256) };
  }

  async #judged(wish: Wish): Promise<Placed> {
    const computed = this.#computedDevices(wish) ?? [];
    const isAbsurd = wish.slots * wish.contextTokens > mostMeasuredCells && !fits({ devices: computed });
    if (isAbsurd || computed.some(({ oversized }) => oversized !== null)) {
      return { models: [], devices: computed, refusal: await this.#refusal(wish, computed) };
    }
    const models = await this.#measuredAll(wish);
    const devices = devicesOf(models);
    if (fits({ devices })) return { models, devices, refusal: null };
    const hasSlots = models.every(({ plan }) => plan.slots !== null);
    const refusal = hasSlots ? await this.#refusal(wish, devices) : textsRefusal(devices);
    return { models, devices, refusal };
  }

  /** One after the other: Vulkan's devices are not made for two threads at a time. */
  async #measuredAll(wish: Wish): Promise<readonly PlacedModel[]> {
    const placed: PlacedModel[] = [];
    const shares = sharesOfWish(wish, this.#devices);
    // As the slots, what is kept of prefixes in host memory is for all replicas.
    const cacheRamBytes = Math.floor(this.#options.cacheRamBytes / shares.length);
    for (const share of shares) placed.push(await this.#measured(wish, share, cacheRamBytes));
    return placed;
  }

  async #measured(wish: Wish, share: Share<Device>, cacheRamBytes: number): Promise<PlacedModel> {
    const isWhole = share.devices.length === this.#devices.length && wish.placement === "split";
    const { cacheTypeK, cacheTypeV, contextTokens } = wish;
    const options: LoadOptions = {
      ...this.#options,
      ...{ cacheTypeK, cacheTypeV, contextTokens, cacheRamBytes },
      slots: share.slots,
      // The free memory that llama.cpp would go by may be another when it loads.
      tensorSplit: isWhole ? pinnedSplit(this.#options, share.devices) : [],
      ...(isWhole || share.devices.length === 0
        ? {}
        : { devices: share.devices.map(({ name }) => name), splitMode: "none", mainGpu: 0 }),
    };
    const estimate = await planMemory(this.#variant, options);
    return { options, estimate, plan: measuredPlan(estimate, options, this.#hostFreeBytes) };
  }

  /** Why it does not fit, and what llama.cpp, too, says would. */
  async #refusal(asked: Wish, devices: readonly DevicePlan[]): Promise<string> {
    if (!this.#hasRemedies) return shortfallText(devices);
    await this.#readShape();
    const wish = this.#numbered(asked);
    const flags: string[] = [];
    for (const near of nearestWishes(wish, (one) => this.#fitsComputed(one))) {
      const shown = await this.#shown(near);
      if (shown !== null) flags.push(shown.flags);
    }
    return `${shortfallText(devices)}; ${remedyText(flags)}`;
  }

  /** The wish, or a smaller one, of which llama.cpp, too, says that it fits. */
  async #shown(near: NearWish): Promise<NearWish | null> {
    let one: NearWish | null = near;
    for (let left = tries; left > 0 && one !== null; left--) {
      const models = await this.#measuredAll(one.wish);
      if (fits({ devices: devicesOf(models) })) return one;
      one = one.smaller();
    }
    return null;
  }

  #fitsComputed(wish: Wish): boolean {
    const devices = this.#computedDevices(wish);
    return devices !== null && fits({ devices });
  }

  /** Null for a model whose shape is no transformer's. */
  #computedDevices(wish: Wish): readonly DevicePlan[] | null {
    if (this.#shape === null || this.#shape === undefined) return null;
    const shape = this.#shape;
    const host = {
      name: "CPU",
      freeBytes: this.#hostFreeBytes,
      totalBytes: this.#hostFreeBytes,
      largestTensorBytes: Number.POSITIVE_INFINITY,
    };
    return devicesOfWish(shape, this.#devices, host, this.#numbered(wish));
  }
}

function devicesOf(models: readonly PlacedModel[]): readonly DevicePlan[] {
  return together(models.map(({ plan }) => plan));
}

function textsRefusal(devices: readonly DevicePlan[]): string {
  const remedy = "shorter texts (--ctx-size) or smaller batches (--batch-size) take less";
  return `${shortfallText(devices)}; ${remedy}`;
}

function pinnedSplit({ tensorSplit, splitMode }: LoadOptions, devices: readonly Device[]): readonly number[] {
  if (tensorSplit.length > 0 || devices.length < 2 || splitMode === "none") return tensorSplit;
  return devices.map(({ freeBytes }) => freeBytes);
}
