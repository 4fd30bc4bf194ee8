import { once } from "node:events";
import fs from "node:fs";
import { ServeProcess } from "../peers/serve-process.js";
import type { LoopDelays, ProbeOrder } from "./probe.js";

/** What the operating system counts of a thread, seconds. */
export interface ThreadTimes {
  readonly cpuSeconds: number;
  /** Ready to run, and no core for it. */
  readonly waitedSeconds: number;
}

/** A real `weir serve` with a probe in it. */
export class MeasuredServer {
  readonly #server: ServeProcess;

  static async start(flags: readonly string[], nodeFlags: readonly string[]): Promise<MeasuredServer> {
    const probe = new URL("./probe.js", import.meta.url).href;
    return new MeasuredServer(await ServeProcess.start(flags, ["--import", probe, ...nodeFlags]));
  }

  private constructor(server: ServeProcess) {
    this.#server = server;
  }

  get url(): string {
    return this.#server.url;
  }

  async probe(order: ProbeOrder): Promise<LoopDelays> {
    const reply = once(this.#server.child, "message");
    this.#server.child.send(order);
    const [delays] = await reply;
    return delays as LoopDelays; // the probe's only message
  }

  /** Linux gives the main thread the process's number. */
  threadTimes(): ThreadTimes {
    const { pid } = this.#server;
    const [ran = 0, waited = 0] = fs
      .readFileSync(`/proc/${pid}/task/${pid}/schedstat`, "utf8")
      .split(" ")
      .map(Number);
    return { cpuSeconds: ran / 1e9, waitedSeconds: waited / 1e9 };
  }

  stop(): Promise<void> {
    return this.#server.stop();
  }
}
