import { messageOf } from "../errors.js";
import type { GenerationFailure } from "./generation.js";

export function engineFailure(thrown: unknown): GenerationFailure {
  return { code: "engine_failed", message: messageOf(thrown) };
}

export const samplingFailure: GenerationFailure = {
  code: "engine_failed",
  message: "sampling found no token: the model's logits are not numbers, or every token is banned",
};

export const waitedTooLong: GenerationFailure = {
  code: "queue_timeout",
  message: "The request waited for a slot as long as it may.",
};

export const refusedAtDrain: GenerationFailure = {
  code: "shutting_down",
  message: "The server is shutting down.",
};

export const grammarFailure: GenerationFailure = {
  code: "invalid_grammar",
  message:
    "The answer can't go on: nothing that the grammar allows can follow here, or the grammar can be read in too many ways. Make it simpler, or allow more.",
};
