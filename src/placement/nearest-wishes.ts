import type { CacheType } from "../llama/options.js";
import type { Wish } from "./wish.js";

/** A change of a wish, and how to ask for it. */
export interface NearWish {
  readonly wish: Wish;
  /** To be pasted: `--parallel 47`. */
  readonly flags: string;
  /** One that takes less, where what was computed turns out to be too little; null where there is none. */
  smaller(): NearWish | null;
}

/** llama.cpp gives a slot cells in groups of so many. */
const cellGroup = 256;
/** Less is of no use to anybody who asked for a real context. */
const leastContextTokens = 1024;
const lessAtATime = 0.9;
const smallerCaches: readonly CacheType[] = ["q8_0", "q4_0"];

/**
 * Changes of a wish that does not fit, one setting each, that fit: as few fewer slots, as little less context, the next smaller
 * KV cache, the model over all devices.
 */
export function nearestWishes(wish: Wish, fits: (wish: Wish) => boolean): readonly NearWish[] {
  const found: NearWish[] = [];
  const slots = mostSlots(wish, wish.slots - 1, fits);
  if (slots !== null) found.push(withSlots(wish, slots));
  const contextTokens = mostContext(wish, wish.contextTokens - cellGroup, fits);
  if (contextTokens !== null) found.push(withContext(wish, contextTokens));
  const cache = smallerCaches
    .filter(() => wish.cacheTypeK === "f16" && wish.cacheTypeV === "f16" && wish.flashAttention !== "off")
    .map((type) => ({ ...wish, cacheTypeK: type, cacheTypeV: type }))
    .find(fits);
  if (cache !== undefined) {
    const { cacheTypeK, cacheTypeV } = cache;
    const flags = `--cache-type-k ${cacheTypeK} --cache-type-v ${cacheTypeV}`;
    found.push({ wish: cache, flags, smaller: () => null });
  }
  const split = { ...wish, placement: "split" } as const;
  if (wish.placement !== "split" && fits(split))
    found.push({ wish: split, flags: "--placement split", smaller: () => null });
  return found;
}

function withSlots(wish: Wish, slots: number): NearWish {
  const fewer = Math.floor(slots * lessAtATime);
  return {
    wish: { ...wish, slots },
    flags: `--parallel ${slots}`,
    smaller: () => (fewer < 1 ? null : withSlots(wish, fewer)),
  };
}

function withContext(wish: Wish, contextTokens: number): NearWish {
  const shorter = Math.floor((contextTokens * lessAtATime) / cellGroup) * cellGroup;
  return {
    wish: { ...wish, contextTokens },
    flags: `--ctx-size ${contextTokens}`,
    smaller: () => (shorter < leastContextTokens ? null : withContext(wish, shorter)),
  };
}

/** As many slots as fit, up to a limit; null where not even one does. */
export function mostSlots(wish: Wish, limit: number, fits: (wish: Wish) => boolean): number | null {
  return largest(1, limit, (slots) => fits({ ...wish, slots }));
}

/** As long a context as fits, in whole groups of cells; null where not even a short one does. */
export function mostContext(wish: Wish, limit: number, fits: (wish: Wish) => boolean): number | null {
  const groups = largest(
    Math.min(leastContextTokens, limit) / cellGroup,
    Math.floor(limit / cellGroup),
    (count) => fits({ ...wish, contextTokens: count * cellGroup }),
  );
  return groups === null ? null : groups * cellGroup;
}

/** The largest whole number from `low` to `high` that fits, where every smaller one does too. */
function largest(low: number, high: number, fits: (value: number) => boolean): number | null {
  let [good, bad] = [Math.ceil(low), high + 1];
  if (good > high || !fits(good)) return null;
  while (bad - good > 1) {
    const middle = Math.floor((good + bad) / 2);
    if (fits(middle)) good = middle;
    else bad = middle;
  }
  return good;
}
