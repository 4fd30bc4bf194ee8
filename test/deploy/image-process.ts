import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { dockerfileStages, textsOf } from "./dockerfile.js";
import { freePort } from "./programs.js";

const image = dockerfileStages().at(-1) ?? { name: null, instructions: [] };

/** The image's entry point in a folder of its files: as its user, with its variables, and no home or folder to write to. */
export class ImageProcess {
  readonly #folder: string;
  readonly #port: number;
  readonly #child: ChildProcess;
  #stderr = "";

  static async start(folder: string): Promise<ImageProcess> {
    const image = new ImageProcess(folder, await freePort());
    // The plan of the model comes first.
    let text = "";
    while (!text.includes("Weir is ready"))
      text += String(await image.#ended(once(image.#child.stdout ?? image.#child, "data")));
    return image;
  }

  private constructor(folder: string, port: number) {
    this.#folder = folder;
    this.#port = port;
    this.#child = spawn(process.execPath, [this.#main, "serve"], { ...this.#process, stdio: "pipe" });
    this.#child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.#stderr += text;
    });
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Runs what `HEALTHCHECK` runs. */
  health(): number | null {
    const [text = ""] = textsOf(image.instructions, "HEALTHCHECK");
    const [program, ...words]: string[] = JSON.parse(text.slice(text.indexOf("[")));
    if (program !== "weir") throw new Error(`the health check runs ${program}`);
    return spawnSync(process.execPath, [this.#main, ...words], this.#process).status;
  }

  async end(signal: NodeJS.Signals): Promise<number | null> {
    const ended = this.#child.exitCode === null ? once(this.#child, "exit") : null;
    this.#child.kill(signal);
    await ended;
    return this.#child.exitCode;
  }

  get #main(): string {
    return path.join(this.#folder, "opt/weir/dist/main.js");
  }

  get #process() {
    const [user = ""] = textsOf(image.instructions, "USER");
    const [uid, gid] = user.split(":").map(Number);
    const isRoot = process.getuid?.() === 0;
    return { cwd: "/", env: this.#environment, ...(isRoot && uid && gid ? { uid, gid } : {}) };
  }

  get #environment(): Record<string, string> {
    const words = textsOf(image.instructions, "ENV").flatMap((text) => text.split(/\s+/));
    const variables = Object.fromEntries(words.map((word) => word.split("=")));
    const config = path.join(this.#folder, variables.WEIR_CONFIG);
    return {
      ...variables,
      WEIR_CONFIG: config,
      WEIR_PORT: String(this.#port),
      WEIR_THREADS: "1",
      TMPDIR: "/nowhere",
    };
  }

  async #ended<T>(result: Promise<T>): Promise<T> {
    const exit = once(this.#child, "exit").then(([code]) => {
      throw new Error(`the image's process has ended with ${code}: ${this.#stderr}`);
    });
    return Promise.race([result, exit]);
  }
}
