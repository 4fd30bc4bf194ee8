import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

/** A real `weir serve` in a process of its own, on a free port. */
export class ServeProcess {
  /** The base address, e.g. `http://127.0.0.1:40123`. */
  readonly url: string;
  readonly child: ChildProcess;

  /** @throws Error where it ends before it is ready; stderr says why */
  static async start(flags: readonly string[], nodeFlags: readonly string[] = []): Promise<ServeProcess> {
    const main = fileURLToPath(import.meta.resolve("#weir/main.js"));
    const child = fork(main, ["serve", "--port", "0", "--log-level", "warn", ...flags], {
      execArgv: [...nodeFlags],
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
    return new ServeProcess(child, /(http:\S+?)\/v1/.exec(banner)?.[1] ?? "");
  }

  private constructor(child: ChildProcess, url: string) {
    this.child = child;
    this.url = url;
  }

  get pid(): number {
    return this.child.pid ?? Number.NaN;
  }

  async stop(): Promise<void> {
    const exited = once(this.child, "exit");
    this.child.kill("SIGTERM");
    await exited;
  }
}
