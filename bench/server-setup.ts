import { toLoadOptions } from "#weir/config/load-options.js";
import { configSchema } from "#weir/config/schema.js";
import type { LoadOptions } from "#weir/llama/options.js";
import { type RigName, rigPath } from "./rig.js";

/** What a server is started with, the same for all peers. */
export interface ServerSetup {
  readonly rig: RigName;
  readonly slots: number;
  /** Of one slot, prompt and answer together. */
  readonly contextTokens: number;
  /** Compute threads; 0 leaves it to the server. */
  readonly threads: number;
  /** Beyond the peer's usual flags. Weir takes none. */
  readonly flags: readonly string[];
}

/** Weir's own defaults for all that a setup does not say. */
export function weirOptions({ rig, slots, contextTokens, threads }: Omit<ServerSetup, "flags">): LoadOptions {
  const config = configSchema.parse({
    model: rigPath(rig),
    parallel: slots,
    ctxSize: contextTokens,
    threads,
  });
  return toLoadOptions(config);
}
