import { codeOf } from "../errors.js";

/** Why a model could not be loaded, as far as it matters to who asks for it. */
export interface LoadFailure {
  /**
   * `lasting`: its file or the settings have to change. `memory`: there was too little of it, which others may give back. `fault`:
   * something else went wrong, which may not do so again. `lost`: a swap could load neither the new file nor the old one again.
   */
  readonly kind: "lasting" | "memory" | "fault" | "lost";
  /** Before this, of performance.now(), it is not tried again. */
  readonly untilMs: number;
}

/** After a loading that failed, those who ask are told so for this long; who asks then has it tried again. */
export const defaultRetryMs = 10_000;

const kinds: Readonly<Record<string, LoadFailure["kind"]>> = {
  context_failed: "memory",
  model_load_failed: "lasting",
  model_unsupported: "lasting",
  invalid_argument: "lasting",
};

/** What a loading that ended with this has failed of. */
export function kindOfFailure(thrown: unknown): LoadFailure["kind"] {
  return kinds[codeOf(thrown) ?? ""] ?? "fault";
}
