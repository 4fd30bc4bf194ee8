import type { MemoryEstimate } from "../llama/addon.js";
import type { LoadOptions } from "../llama/options.js";
import type { InstanceSet, LeasedModel } from "./instance-set.js";
import type { MemoryRoom } from "./memory-room.js";
import type { ModelHost } from "./model-host.js";
import type { ModelMemory } from "./model-memory.js";
import type { ModelPhase } from "./model-phase.js";
import type { ModelSource } from "./model-source.js";
import type { WeightsHooks } from "./weights.js";

/** What a swap needs of the model that it changes. */
export interface SwapGround {
  readonly instances: InstanceSet;
  /** Of what serves now. */
  readonly options: LoadOptions;
  /** Aborts when the server goes away. */
  readonly closing: AbortSignal;
  /** What all its instances would take together, and why that does not fit beside what is loaded; null where it does. */
  plan(options: LoadOptions): Promise<{ readonly estimate: MemoryEstimate; readonly refusal: string | null }>;
  /** What there is beside what serves now. */
  room(): Omit<MemoryRoom, "freed">;
  /** Instances that nobody gets yet: one, or all replicas. */
  start(options: LoadOptions, hooks: WeightsHooks): Promise<readonly LeasedModel[]>;
  /** One at a time in the process: what others load meanwhile is not planned with. */
  loadTurn<Result>(work: () => Promise<Result>): Promise<Result>;
  /** Its requests wait for the next instance. */
  holdBack(): Promise<void>;
  /** It is as it was before that. */
  release(): void;
  /** It serves as before, or with what was added. */
  serve(): void;
  /** The new options hold from here on. */
  adopt(options: LoadOptions): void;
  /** Nothing is left to serve with. */
  lose(reason: string): void;
  /** The old instances, which this keeps, go away without anybody who waits for it: says when they have gone, or why not. */
  leave(freed: Promise<void>, keptBy: string): void;
}

/** What a model is made of, as far as a swap changes it. */
export interface SwappedParts extends Pick<SwapGround, "instances" | "closing" | "start"> {
  readonly host: ModelHost;
  readonly phase: ModelPhase;
  readonly memory: ModelMemory;
  readonly source: ModelSource;
  name(): string;
  /** Asks the file what it says of itself, while there is one to ask. */
  describe(): Promise<unknown>;
}

export function swapGround(parts: SwappedParts): SwapGround {
  const { host, phase, memory, source, instances, closing, start } = parts;
  return {
    ...{ instances, closing, start },
    get options() {
      return source.options;
    },
    plan: (options) => memory.plan(options),
    room: () => memory.room,
    loadTurn: (work) => host.loadTurn(work),
    holdBack: async () => {
      // What is asked meanwhile.
      await parts.describe().catch(() => {});
      phase.holdBack();
    },
    release: () => phase.release(),
    serve: () => phase.enter("loaded"),
    adopt: (options) => {
      source.options = options;
    },
    lose: (reason) => {
      phase.fail("lost");
      host.lost(reason);
    },
    leave: (freed, keptBy) => {
      host.log.warn({ model: parts.name(), reason: keptBy }, "the old file is not freed yet");
      freed.then(
        () => host.log.info({ model: parts.name() }, "the old file is freed"),
        (err) => host.log.error({ model: parts.name(), err }, "the old file can't be freed"),
      );
    },
  };
}
