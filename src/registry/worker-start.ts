import { Worker } from "node:worker_threads";
import { type ErrorCode, errorTable, WeirError } from "../errors.js";
import type { StartReport } from "./engine-message.js";

/**
 * Starts an engine's thread and waits for its first message.
 *
 * @throws WeirError with the code of that message, or `engine_failed`
 */
export async function startWorker<Facts>(
  file: string,
  workerData: unknown,
): Promise<{ worker: Worker; facts: Facts }> {
  const worker = new Worker(file, { workerData, name: "weir engine" });
  const exited = new Promise<void>((resolve) => worker.once("exit", () => resolve()));
  const facts = await new Promise<Facts>((resolve, reject) => {
    worker.once("message", (first: StartReport<Facts>) => {
      if (first.type === "ready") resolve(first.facts);
      else reject(new WeirError(toCode(first.code), first.message));
    });
    worker.once("error", (cause) => reject(new WeirError("engine_failed", cause.message, { cause })));
    worker.once("exit", () => reject(new WeirError("engine_failed", "the engine thread ended at once")));
  }).catch(async (thrown: unknown) => {
    // Its share of the model is given back with the thread: a caller that tries again finds the memory free.
    await worker.terminate();
    await exited;
    throw thrown;
  });
  return { worker, facts };
}

function toCode(code: string): ErrorCode {
  return Object.hasOwn(errorTable, code) ? (code as ErrorCode) : "engine_failed"; // checked against the table
}
