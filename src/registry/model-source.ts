import type { ModelDescription } from "../llama/addon.js";
import type { LoadOptions } from "../llama/options.js";

/** What a model is loaded from: a swap changes it. */
export class ModelSource {
  #options: LoadOptions;
  /** What its file said of itself when it was last asked; null where it was not. */
  description: ModelDescription | null = null;

  constructor(options: LoadOptions) {
    this.#options = options;
  }

  get options(): LoadOptions {
    return this.#options;
  }

  set options(options: LoadOptions) {
    this.#options = options;
    this.description = null;
  }
}
