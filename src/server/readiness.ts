import type { ModelDirectory } from "../registry/served-model.js";
import type { ServerState } from "../telemetry/snapshot.js";
import { requireLoaded, shuttingDown } from "./model-lookup.js";

/** Whether load balancers should send requests here. The server answers for a while after it has said no. */
export class Readiness {
  readonly #models: ModelDirectory;
  #isLeaving = false;

  constructor(models: ModelDirectory) {
    this.#models = models;
  }

  /** From now on load balancers are told to go elsewhere. */
  leave(): void {
    this.#isLeaving = true;
  }

  get state(): ServerState {
    const { state } = this.#models;
    return this.#isLeaving || state === "closing" ? "draining" : state;
  }

  /** Of several, those that could not be loaded, or whose engine is gone. */
  get failedModels(): number {
    return this.#models.list().filter(({ state }) => state === "failed").length;
  }

  /** @throws WeirError where nobody should send a request: `model_loading`, `model_unhealthy`, `model_load_failed`, `shutting_down` */
  require(): void {
    if (this.#isLeaving) throw shuttingDown();
    requireLoaded(this.#models);
  }
}
