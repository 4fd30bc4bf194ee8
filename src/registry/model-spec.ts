import type { LoadOptions } from "../llama/options.js";
import type { ResidencePolicy } from "./residency.js";

/** A model of several, as it was configured. */
export interface ModelSpec {
  readonly options: LoadOptions;
  /** The first is the one that answers carry. */
  readonly names: readonly string[];
  readonly residence: ResidencePolicy;
}
