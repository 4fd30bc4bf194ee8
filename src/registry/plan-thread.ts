/** Works out what a model would take, off the main thread: it reads the file's vocabulary, which takes a tenth of a second. */
import { parentPort, workerData } from "node:worker_threads";
import { messageOf } from "../errors.js";
import { loadAddon, type MemoryEstimate, type NativePlacement } from "../llama/addon.js";
import type { ContextOptions, EmbeddingOptions } from "../llama/options.js";
import type { StartReport } from "./engine-message.js";

/** Given to the thread when it starts. */
export interface PlanThreadData {
  readonly variant: string;
  readonly modelPath: string;
  readonly options: NativePlacement & ContextOptions & EmbeddingOptions;
}

const { variant, modelPath, options } = workerData as PlanThreadData; // given by planMemory()

function report(message: StartReport<MemoryEstimate>): void {
  parentPort?.postMessage(message);
}

try {
  report({ type: "ready", facts: loadAddon(variant).estimateMemory(modelPath, options) });
} catch (thrown) {
  const code = thrown instanceof Error && "code" in thrown ? String(thrown.code) : "internal_error";
  report({ type: "failed", code, message: messageOf(thrown) });
}
