import type { z } from "zod";
import { toLoadOptions } from "#weir/config/load-options.js";
import { configSchema } from "#weir/config/schema.js";
import type { LoadOptions } from "#weir/llama/options.js";
import { type RigName, rigPath } from "./rig.js";

/** By their names in the configuration. */
export type WeirSettings = Partial<Readonly<z.input<typeof configSchema>>>;

/** What a server is started with, the same for all peers. */
export interface ServerSetup {
  readonly rig: RigName;
  readonly slots: number;
  /** Of one slot, prompt and answer together. */
  readonly contextTokens: number;
  /** Compute threads; 0 leaves it to the server. */
  readonly threads: number;
  /** llama-server's, beyond its usual ones. */
  readonly flags: readonly string[];
  /** Weir's, beyond its defaults. */
  readonly settings?: WeirSettings;
}

/** Weir's own defaults for all that a setup does not say. */
export function weirOptions(setup: Omit<ServerSetup, "flags">): LoadOptions {
  const { rig, slots, contextTokens, threads, settings } = setup;
  const config = configSchema.parse({
    ...settings,
    model: rigPath(rig),
    parallel: slots,
    ctxSize: contextTokens,
    threads,
  });
  return toLoadOptions(config);
}
