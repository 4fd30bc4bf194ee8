import { fileURLToPath } from "node:url";
import { Piscina } from "piscina";
import { WeirError } from "../errors.js";
import type { ModelDescription } from "../llama/addon.js";
import type { PreparedPrompt, Prompt } from "./prompt.js";
import type { DescriptionReply, PromptReply, PromptWorkerData, TextsReply } from "./prompt-message.js";
import { promptThreads } from "./prompt-threads.js";
import type { TextReply, TextTask } from "./text-task.js";
import type { PreparedTexts, TextsPrompt } from "./texts.js";

const workerFile = fileURLToPath(new URL("./prompt-thread.cjs", import.meta.url));

/** Threads that render and tokenize prompts for one model, so that the main thread never does. */
export class PromptPool {
  readonly #pool: Piscina<unknown, unknown>;
  #closing = false;

  /** @param onFault takes what went wrong in a thread that had no prompt */
  constructor(workerData: PromptWorkerData, onFault: (thrown: unknown) => void) {
    this.#pool = new Piscina({
      filename: workerFile,
      name: "prepare",
      workerData,
      minThreads: 1,
      maxThreads: promptThreads(),
      idleTimeout: 60_000,
    });
    this.#pool.on("error", onFault);
  }

  /**
   * @throws WeirError `template_failed` where the model's template refuses the messages, `context_length_exceeded` where the
   * text can't fit in any case, `invalid_schema` and `invalid_grammar` for an answer that can't be constrained like this,
   * `shutting_down` after close()
   */
  async prepare(prompt: Prompt): Promise<PreparedPrompt> {
    const started = performance.now();
    const reply = await this.#run<PromptReply>(prompt, "prepare");
    if (!reply.ok) {
      const param = reply.param ?? (prompt.kind === "chat" ? "messages" : "prompt");
      throw new WeirError(reply.code, reply.message, { param });
    }
    return { ...reply.prompt, prepareMs: performance.now() - started };
  }

  /**
   * A reply's body: JSON in UTF-8.
   *
   * @throws WeirError `invalid_value` for text that is too long and for unknown tokens; for a conversation as prepare()
   */
  async answerText(task: TextTask): Promise<Uint8Array> {
    const reply = await this.#run<TextReply>(task, "answerText");
    if (reply.ok) return reply.json;
    throw new WeirError(reply.code, reply.message, { param: reply.param ?? "messages" });
  }

  /** @throws WeirError `template_failed` where the model's template can't be parsed */
  async describeModel(): Promise<ModelDescription> {
    const reply = await this.#run<DescriptionReply>(undefined, "describeModel");
    if (reply.ok) return reply.description;
    throw new WeirError(reply.code, reply.message);
  }

  /**
   * Tokenizes whole texts, for models that embed or rank.
   *
   * @throws WeirError `context_length_exceeded` or `invalid_value` that names the text, `shutting_down` after close()
   */
  async prepareTexts(prompt: TextsPrompt): Promise<PreparedTexts> {
    const started = performance.now();
    const reply = await this.#run<TextsReply>(prompt, "prepareTexts");
    if (!reply.ok) {
      const { code, message, param } = reply;
      throw new WeirError(code, message, param === null ? {} : { param });
    }
    return { ...reply.texts, prepareMs: performance.now() - started };
  }

  /** @param name the function of prompt-worker.ts that does it, and answers with a `Reply` */
  async #run<Reply>(task: unknown, name: string): Promise<Reply> {
    const shuttingDown = (cause?: unknown): WeirError =>
      new WeirError("shutting_down", "The server is shutting down.", { cause });
    // A pool that is destroyed leaves what comes afterwards without an answer.
    if (this.#closing) throw shuttingDown();
    const reply = this.#pool.run(task, { name }).catch((cause: unknown) => {
      throw this.#closing ? shuttingDown(cause) : cause;
    });
    return reply as Promise<Reply>; // Piscina does not know which function has which type
  }

  /** Ends the threads; they give up their share of the model. */
  async close(): Promise<void> {
    this.#closing = true;
    await this.#pool.destroy();
  }
}
