import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs";
import { createServer } from "node:net";
import path from "node:path";
import { promisify } from "node:util";

/** Runs a program to its end and returns what it printed, or throws with all of it. */
export async function run(program: string, words: readonly string[], input = ""): Promise<string> {
  const running = promisify(execFile)(program, [...words]);
  // One that ends without reading it leaves a broken pipe.
  running.child.stdin?.on("error", () => {}).end(input);
  try {
    return (await running).stdout;
  } catch (thrown) {
    const { stdout = "", stderr = "" } = thrown as { stdout?: string; stderr?: string }; // execFile's own error
    throw new Error(`${program} ${words.join(" ")}\n${stdout}${stderr}`, { cause: thrown });
  }
}

/** Whether the program is installed. */
export function isInstalled(program: string): boolean {
  const folders = (process.env["PATH"] ?? "").split(path.delimiter);
  return folders.some((folder) => fs.existsSync(path.join(folder, program)));
}

/** A port of 127.0.0.1 that nobody listens on now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("the system gave no port");
  return address.port;
}

/** A program that runs until it is ended. */
export class Program {
  readonly #child: ChildProcess;
  #output = "";

  constructor(program: string, words: readonly string[]) {
    this.#child = spawn(program, [...words], { stdio: ["ignore", "pipe", "pipe"] });
    for (const stream of [this.#child.stdout, this.#child.stderr])
      stream?.setEncoding("utf8").on("data", (text: string) => {
        this.#output += text;
      });
  }

  get output(): string {
    return this.#output;
  }

  async end(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, "exit");
    this.#child.kill("SIGTERM");
    await exited;
  }
}
