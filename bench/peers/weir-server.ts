import fs from "node:fs";
import { flagOf } from "#weir/config/setting.js";
import { ChildProcess } from "../child-process.js";
import { type ServerSetup, weirOptions } from "../server-setup.js";
import type { RunningServer } from "./running-server.js";
import { openServerLog } from "./server-log.js";
import type { WeirOrder, WeirReply } from "./weir-process.js";

export interface WeirServerHooks {
  /** Costs a callback a graph node. */
  readonly countGraphs?: boolean;
  /** False leaves to ggml what Weir has kernels for. */
  readonly q8Products?: boolean;
  readonly planLog?: string;
}

/** @throws Error where it ends instead of listening; build/bench/weir.log says why */
export async function startWeir(setup: ServerSetup, hooks: WeirServerHooks = {}): Promise<RunningServer> {
  const log = openServerLog("weir");
  const child = ChildProcess.fork<WeirOrder, WeirReply>(
    new URL("./weir-process.js", import.meta.url),
    [],
    log,
  );
  fs.closeSync(log);
  const options = weirOptions(setup);
  const { countGraphs = false, q8Products = true, planLog = null } = hooks;
  const started = await child.ask({ type: "start", options, countGraphs, q8Products, planLog });
  if (started.type !== "listening") throw new Error(`Weir began with "${started.type}"`);
  return {
    url: started.url,
    pid: child.pid,
    commandLine: commandLine(setup),
    engineCounters: async () => {
      const answer = await child.ask({ type: "counters" });
      return answer.type === "counters" ? answer.counters : {};
    },
    stop: () => child.close(),
  };
}

function commandLine({ rig, slots, contextTokens, threads, settings = {} }: ServerSetup): string {
  const words = ["weir serve", "--model", `${rig}.gguf`, "--parallel", slots, "--ctx-size", contextTokens];
  const others = Object.entries(settings).flatMap(([name, value]) => [flagOf(name), String(value)]);
  return [...words, ...(threads > 0 ? ["--threads", threads] : []), ...others].join(" ");
}
