import type { WeirError } from "../errors.js";
import type { Clock } from "../gate/clock.js";
import { Gate, type GateLimits } from "../gate/gate.js";
import type { GateLoad, GateStatus } from "../gate/gate-status.js";
import { TokenEstimate } from "../gate/token-estimate.js";
import type { ServedModel } from "../registry/served-model.js";
import type { AdmissionOptions } from "./admission-options.js";
import { modelFailed } from "./model-lookup.js";

/**
 * What is asked of a model, each with a queue of its own: `answers` and `vectors` are computed by its engine, `texts` by the
 * prompt pool alone. A flood of one kind takes nothing from the other.
 */
export const lanes = ["answers", "vectors", "texts"] as const;
export type LaneName = (typeof lanes)[number];

export interface Lane {
  readonly gate: Gate;
  readonly estimate: TokenEstimate;
}

/** Prompts that are prepared, and wait in the engine for the next slots, so that none stays idle; a part of the slots. */
const preparedShare = 0.25;
const leastPrepared = 2;
/** Two batches of an embedding engine: one is computed while the next one is tokenized. */
const vectorPlaces = 128;

/** The gates of the models, made when a model is first asked, and forgotten with it. What waits outlives the instances. */
export class ModelGates {
  readonly #clock: Clock;
  readonly #lanes = new WeakMap<ServedModel, Map<LaneName, Lane>>();
  #options: AdmissionOptions;
  #closed: WeirError | null = null;

  constructor(options: AdmissionOptions, clock: Clock) {
    this.#options = options;
    this.#clock = clock;
  }

  lane(model: ServedModel, name: LaneName): Lane {
    const byName = this.#lanes.get(model) ?? new Map<LaneName, Lane>();
    const known = byName.get(name);
    if (known !== undefined) return known;
    const gate = new Gate(this.#limitsOf(model, name), this.#clock);
    model.onChange(() => {
      gate.limits = this.#limitsOf(model, name);
      // Nobody knows when it can be loaded.
      if (model.state === "failed") gate.refuseWaiting(modelFailed(model));
      // Who came while it was about to be another has asked for nothing yet.
      if (model.state === "unloaded" && gate.waiting > 0) model.want();
    });
    model.addWaiters(() => gate.waiting);
    if (this.#closed !== null) gate.close(this.#closed);
    const lane = { gate, estimate: new TokenEstimate() };
    this.#lanes.set(model, byName.set(name, lane));
    return lane;
  }

  /** Of those lanes that were asked for already. */
  *status(model: ServedModel): Iterable<readonly [LaneName, GateStatus]> {
    for (const [name, { gate }] of this.#lanes.get(model) ?? []) yield [name, gate.status()];
  }

  /** Of every lane that the model has. */
  load(model: ServedModel): (readonly [LaneName, GateLoad])[] {
    const own: LaneName = model.kind === "generation" ? "answers" : "vectors";
    return ([own, "texts"] as const).map((name) => [name, this.lane(model, name).gate.load()]);
  }

  setOptions(options: AdmissionOptions, models: readonly ServedModel[]): void {
    this.#options = options;
    for (const model of models) {
      for (const [name, { gate }] of this.#lanes.get(model) ?? []) gate.limits = this.#limitsOf(model, name);
    }
  }

  /** Refuses who waits and who comes. */
  close(reason: WeirError, models: readonly ServedModel[]): void {
    this.#closed = reason;
    for (const model of models) {
      for (const { gate } of this.#lanes.get(model)?.values() ?? []) gate.close(reason);
    }
  }

  #limitsOf(model: ServedModel, name: LaneName): GateLimits {
    const { queueSize, queueTokens, textPlaces } = this.#options;
    const places = { answers: answerPlaces(model), vectors: vectorPlaces, texts: textPlaces }[name];
    // Who waits for an engine does so until a fresh one has come, or his time is up. Texts need an instance alone.
    const isServed = model.instances.some(({ isHealthy }) => isHealthy || name === "texts");
    return { places: isServed ? places : 0, queueSize, queueTokens };
  }
}

function answerPlaces(model: ServedModel): number {
  const slots = Math.max(1, model.facts.slots);
  return slots + Math.max(leastPrepared, Math.ceil(slots * preparedShare));
}
