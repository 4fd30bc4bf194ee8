import os from "node:os";

/**
 * Threads of the prompt pool at most. Two at least, so that one large prompt does not keep all others waiting. Prompts take far
 * less than their answers; many threads would only take cores from llama.cpp.
 */
export function promptThreads(): number {
  return Math.max(2, Math.min(4, os.availableParallelism() - 1));
}
