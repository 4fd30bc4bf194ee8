import type { LoadOptions } from "../llama/options.js";
import type { ResidencePolicy } from "./resident.js";

/** What of a model of several can change while it is served. */
export interface ModelNaming {
  /** The first is the one that answers carry; none: the file's name. */
  readonly names: readonly string[];
  readonly residence: ResidencePolicy;
}

/** A model of several, as it was configured. */
export interface ModelSpec extends ModelNaming {
  readonly options: LoadOptions;
}
