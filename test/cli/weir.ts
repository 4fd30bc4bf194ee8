import { type ChildProcessByStdio, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";

/** The built program. */
export const mainPath = fileURLToPath(import.meta.resolve("#weir/main.js"));

export interface ProgramResult {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `weir` with these arguments to its end, with no WEIR_ variables but the given ones. */
export function runWeir(
  commandLine: readonly string[],
  variables: Record<string, string> = {},
): ProgramResult {
  const { status, stdout, stderr } = spawnSync(process.execPath, [mainPath, ...commandLine], {
    encoding: "utf8",
    env: { ...environment(), ...variables },
  });
  return { exitCode: status, stdout, stderr };
}

/**
 * A `weir serve` in a process of its own, on a free port where neither `--listen` nor a file says where. One compute
 * thread, as other test files run beside this one.
 */
export class WeirProcess {
  readonly #child: ChildProcessByStdio<null, Readable, Readable>;
  #stdout = "";
  #stderr = "";

  /** @param given flags, and variables */
  constructor(...given: (string | Readonly<Record<string, string>>)[]) {
    const flags = given.filter((item) => typeof item === "string");
    const variables = given.filter((item) => typeof item === "object");
    const says = flags.some((flag) => flag === "--listen" || flag === "--config");
    const port = says ? [] : ["--port", "0"];
    this.#child = spawn(process.execPath, [mainPath, "serve", ...port, ...flags], {
      env: Object.assign(environment(), { WEIR_THREADS: "1" }, ...variables),
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#child.stdout.setEncoding("utf8").on("data", (text: string) => {
      this.#stdout += text;
    });
    this.#child.stderr.setEncoding("utf8").on("data", (text: string) => {
      this.#stderr += text;
    });
  }

  get stdout(): string {
    return this.#stdout;
  }

  get stderr(): string {
    return this.#stderr;
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  get pid(): number {
    return this.#child.pid ?? Number.NaN;
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Resolves when the log has a line with this text. */
  async logged(text: string): Promise<void> {
    while (!this.#stderr.includes(text)) await this.#next(this.#child.stderr);
  }

  /** Resolves with the banner. */
  async ready(): Promise<string> {
    while (!/^curl .*\n/m.test(this.#stdout)) await this.#next(this.#child.stdout);
    return this.#stdout;
  }

  /** Resolves with the exit code when the process ends by itself. */
  async exited(): Promise<number | null> {
    if (this.#child.exitCode === null) await once(this.#child, "exit");
    return this.#child.exitCode;
  }

  /** Resolves with the exit code, null where the signal itself ended the process. */
  async end(signal: NodeJS.Signals): Promise<number | null> {
    const ended = this.#child.exitCode === null ? once(this.#child, "exit") : null;
    this.#child.kill(signal);
    await ended;
    return this.#child.exitCode;
  }

  async #next(stream: Readable): Promise<void> {
    const abort = new AbortController();
    const ended = once(this.#child, "exit", { signal: abort.signal }).then(() => {
      throw new Error(`weir serve has ended: ${this.#stderr}`);
    });
    try {
      await Promise.race([once(stream, "data"), ended]);
    } finally {
      abort.abort();
    }
  }
}

function environment(): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("WEIR_")));
}
