import { loadedAddon } from "../llama/addon.js";

/** What ending threads that end takes, generously: a step of a large model. */
const joiningMs = 3_000;

/**
 * To be called before process.exit(), which waits for all threads: sees to it that one which hangs in llama.cpp or a driver does
 * not keep the process for ever.
 */
export function limitEnd(exitCode: number): void {
  loadedAddon()?.endWithin(joiningMs, exitCode);
}
