import { ChildProcess } from "../child-process.js";
import type { LoadJob } from "./load-job.js";
import type { LoadOrder, LoadReply } from "./load-process.js";
import type { LoadRun } from "./load-run.js";

/** The runner's end of the load generator. One for all peers: the same code, compiled once. */
export class LoadGenerator {
  readonly #child: ChildProcess<LoadOrder, LoadReply>;

  constructor() {
    this.#child = ChildProcess.fork(new URL("./load-process.js", import.meta.url));
  }

  /** @throws Error where the generator itself fails; failed answers are in the run */
  async run(url: string, job: LoadJob): Promise<LoadRun> {
    const reply = await this.#child.ask({ url, job });
    if (reply.type === "failed") throw new Error(`the load generator failed: ${reply.message}`);
    return reply.run;
  }

  close(): Promise<void> {
    return this.#child.close();
  }
}
