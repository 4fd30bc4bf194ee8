import { fork, type ChildProcess as NodeProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

/** A Node.js process of the bench that answers one message with one message. */
export class ChildProcess<Order, Reply> {
  readonly #process: NodeProcess;
  readonly #exited: Promise<unknown>;

  /**
   * @param entry a compiled file of the bench
   * @param log a file descriptor for what it prints; by default the runner's own stderr
   */
  static fork<Order, Reply>(entry: URL, words: readonly string[] = [], log: number | "inherit" = "inherit") {
    const process = fork(fileURLToPath(entry), words, {
      serialization: "advanced",
      stdio: ["ignore", log, log, "ipc"],
    });
    return new ChildProcess<Order, Reply>(process);
  }

  private constructor(process: NodeProcess) {
    this.#process = process;
    this.#exited = once(process, "exit");
  }

  get pid(): number {
    return this.#process.pid ?? 0;
  }

  /** @throws Error where the process ends instead of answering */
  async ask(order: Order): Promise<Reply> {
    const answer = this.next();
    this.#process.send(order as object); // every order is a plain object
    return await answer;
  }

  /** The next message that comes by itself, such as that a server listens. */
  async next(): Promise<Reply> {
    return await new Promise<Reply>((resolve, reject) => {
      const onMessage = (message: Reply): void => {
        this.#process.off("exit", onExit);
        resolve(message);
      };
      const onExit = (code: number | null, signal: string | null): void => {
        this.#process.off("message", onMessage);
        reject(new Error(`a process of the bench ended with ${signal ?? `exit code ${code}`}`));
      };
      this.#process.once("message", onMessage);
      this.#process.once("exit", onExit);
    });
  }

  /** Ends it, and waits until it has ended. */
  async close(): Promise<void> {
    if (this.#process.exitCode === null && this.#process.signalCode === null) this.#process.kill("SIGTERM");
    await this.#exited;
  }
}
