import fs from "node:fs";
import path from "node:path";
import { projectDirectory } from "#weir/llama/addon.js";
import type { PlanLog } from "../loops/replay-loop.js";
import type { PeerName, ServerName } from "../scenarios/scenario.js";
import type { ServerSetup } from "../server-setup.js";
import { type LlamaServerBuild, startLlamaServer } from "./llama-server.js";
import { buildLlamaServer, PeerUnavailable } from "./llama-server-build.js";
import type { RunningServer } from "./running-server.js";
import { startWeir } from "./weir-server.js";

const planLogFile = path.join(projectDirectory, "build", "bench", "plans.bin");

/** The peers that can run on this machine. */
export class Peers {
  readonly #llamaServer: LlamaServerBuild | null;
  #planLog: PlanLog | null = null;

  /** Builds what is missing. A peer that can't be had is told and left out. */
  static prepare(names: readonly PeerName[], variant: string, progress: (line: string) => void): Peers {
    if (!names.includes("llama-server")) return new Peers(null);
    try {
      return new Peers(buildLlamaServer(variant, progress));
    } catch (thrown) {
      if (!(thrown instanceof PeerUnavailable)) throw thrown;
      progress(`without llama-server: ${thrown.message}`);
      return new Peers(null);
    }
  }

  private constructor(llamaServer: LlamaServerBuild | null) {
    this.#llamaServer = llamaServer;
  }

  /** What `weir-logged` wrote in the last job that it served. */
  get planLog(): PlanLog | null {
    return this.#planLog;
  }

  canRun(peer: PeerName): boolean {
    return peer !== "llama-server" || this.#llamaServer !== null;
  }

  async start(peer: ServerName, setup: ServerSetup): Promise<RunningServer> {
    switch (peer) {
      case "weir":
        return await startWeir(setup);
      case "weir-counting":
        return await startWeir(setup, { countGraphs: true });
      case "weir-ggml":
        return await startWeir(setup, { q8Products: false });
      case "weir-logged":
        return await this.#startLogged(setup);
      case "llama-server":
        if (this.#llamaServer === null) throw new Error("llama-server can't run here");
        return await startLlamaServer(this.#llamaServer, setup);
    }
  }

  async #startLogged(setup: ServerSetup): Promise<RunningServer> {
    fs.mkdirSync(path.dirname(planLogFile), { recursive: true });
    fs.rmSync(planLogFile, { force: true });
    const server = await startWeir(setup, { planLog: planLogFile });
    const beforeJob = (): void => {
      if (!fs.existsSync(planLogFile)) throw new Error(`Weir has written no plans to ${planLogFile}`);
      this.#planLog = { file: planLogFile, jobStartsAtByte: fs.statSync(planLogFile).size };
    };
    return { ...server, beforeJob };
  }
}
