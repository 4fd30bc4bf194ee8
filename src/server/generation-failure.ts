import type { GenerationOutcome } from "../engine/generation.js";
import { WeirError } from "../errors.js";

/** Why an outcome is no answer, or null where it is one. */
export function failureOf(outcome: GenerationOutcome | undefined): WeirError | null {
  switch (outcome?.finishReason) {
    case "error": {
      const { code, message } = outcome.failure ?? {
        code: "engine_failed",
        message: "The engine gave no reason.",
      };
      return new WeirError(code, message);
    }
    // Whose client left is never asked for its failure, so here it was the server that cancelled.
    case "cancelled":
      return new WeirError("shutting_down", "The server stopped this answer because it is shutting down.");
    default:
      return null;
  }
}
