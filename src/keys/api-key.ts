import type { Flow } from "../gate/flow.js";
import { type KeyLimits, noLimits } from "../gate/key-limits.js";

/** Who asks: a key without its secret. Its `id` is its name, and whoever has the same one shares prompts. */
export interface ApiKey extends Flow {
  readonly limits: KeyLimits;
  /** Whether it opens /admin. */
  readonly isAdmin: boolean;
  /** Unix time in ms; null: never. */
  readonly expiresMs: number | null;
}

/** Where there are no keys, everybody is the same one. */
export const anybody: ApiKey = {
  id: "",
  weight: 1,
  priority: "normal",
  limits: noLimits,
  isAdmin: false,
  expiresMs: null,
};
