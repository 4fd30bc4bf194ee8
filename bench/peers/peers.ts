import type { PeerName } from "../scenarios/scenario.js";
import type { ServerSetup } from "../server-setup.js";
import { type LlamaServerBuild, startLlamaServer } from "./llama-server.js";
import { buildLlamaServer, PeerUnavailable } from "./llama-server-build.js";
import type { RunningServer } from "./running-server.js";
import { startWeir } from "./weir-server.js";

/** The peers that can run on this machine. */
export class Peers {
  readonly #llamaServer: LlamaServerBuild | null;

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

  canRun(peer: PeerName): boolean {
    return peer === "weir" || this.#llamaServer !== null;
  }

  start(peer: PeerName, setup: ServerSetup): Promise<RunningServer> {
    if (peer === "weir") return startWeir(setup);
    if (this.#llamaServer === null) throw new Error("llama-server can't run here");
    return startLlamaServer(this.#llamaServer, setup);
  }
}
