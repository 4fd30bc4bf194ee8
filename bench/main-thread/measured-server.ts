import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs";
import { fileURLToPath } from "node:url";
import type { LoopDelays, ProbeOrder } from "./probe.js";

/** What the operating system counts of a thread, seconds. */
export interface ThreadTimes {
  readonly cpuSeconds: number;
  /** Ready to run, and no core for it. */
  readonly waitedSeconds: number;
}

/** A real `weir serve` in a process of its own, with a probe in it. */
export class MeasuredServer {
  readonly url: string;
  readonly #child: ChildProcess;

  static async start(flags: readonly string[], nodeFlags: readonly string[]): Promise<MeasuredServer> {
    const probe = new URL("./probe.js", import.meta.url).href;
    const main = fileURLToPath(import.meta.resolve("#weir/main.js"));
    const child = fork(main, ["serve", "--port", "0", "--log-level", "warn", ...flags], {
      execArgv: ["--import", probe, ...nodeFlags],
      stdio: ["ignore", "pipe", "inherit", "ipc"],
    });
    let banner = "";
    child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      banner += text;
    });
    while (!/^curl .*\n/m.test(banner)) {
      if (child.exitCode !== null) throw new Error("the server has ended");
      await Promise.race([once(child.stdout ?? child, "data"), once(child, "exit")]);
    }
    return new MeasuredServer(child, /(http:\S+?)\/v1/.exec(banner)?.[1] ?? "");
  }

  private constructor(child: ChildProcess, url: string) {
    this.#child = child;
    this.url = url;
  }

  async probe(order: ProbeOrder): Promise<LoopDelays> {
    const reply = once(this.#child, "message");
    this.#child.send(order);
    const [delays] = await reply;
    return delays as LoopDelays; // the probe's only message
  }

  /** Linux gives the main thread the process's number. */
  threadTimes(): ThreadTimes {
    const pid = this.#child.pid ?? 0;
    const [ran = 0, waited = 0] = fs
      .readFileSync(`/proc/${pid}/task/${pid}/schedstat`, "utf8")
      .split(" ")
      .map(Number);
    return { cpuSeconds: ran / 1e9, waitedSeconds: waited / 1e9 };
  }

  async stop(): Promise<void> {
    const exited = once(this.#child, "exit");
    this.#child.kill("SIGTERM");
    await exited;
  }
}
