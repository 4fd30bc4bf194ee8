import os from "node:os";
import { fileURLToPath } from "node:url";
import { Piscina } from "piscina";
import { WeirError } from "../errors.js";
import type { PreparedPrompt, Prompt } from "./prompt.js";
import type { PromptReply, PromptWorkerData } from "./prompt-message.js";

const workerFile = fileURLToPath(new URL("./prompt-worker.js", import.meta.url));

/** Threads that render and tokenize prompts for one model, so that the main thread never does. */
export class PromptPool {
  readonly #pool: Piscina<Prompt, PromptReply>;

  /** @param onFault takes what went wrong in a thread that had no prompt */
  constructor(workerData: PromptWorkerData, onFault: (thrown: unknown) => void) {
    this.#pool = new Piscina({
      filename: workerFile,
      workerData,
      minThreads: 1,
      // Prompts take far less than their answers; more threads would only take cores from llama.cpp.
      maxThreads: Math.max(1, Math.min(4, os.availableParallelism() - 1)),
      idleTimeout: 60_000,
    });
    this.#pool.on("error", onFault);
  }

  /** @throws WeirError `template_failed` where the model's template refuses the messages */
  async prepare(prompt: Prompt): Promise<PreparedPrompt> {
    const started = performance.now();
    const reply = await this.#pool.run(prompt);
    if (!reply.ok) throw new WeirError("template_failed", reply.message, { param: "messages" });
    return { ...reply.prompt, prepareMs: performance.now() - started };
  }

  /** Ends the threads; they give up their share of the model. */
  async close(): Promise<void> {
    await this.#pool.destroy();
  }
}
