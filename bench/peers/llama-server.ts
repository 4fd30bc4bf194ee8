import { spawn } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs";
import { createServer } from "node:net";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { rigPath } from "../rig.js";
import type { ServerSetup } from "../server-setup.js";
import { llamaServerFlags } from "./llama-server-flags.js";
import type { RunningServer } from "./running-server.js";
import { openServerLog, serverLogPath } from "./server-log.js";

const startPatienceMs = 600_000;

export interface LlamaServerBuild {
  readonly executable: string;
  /** Where llama.cpp's libraries and backends lie, which it looks for in its working directory. */
  readonly libraries: string;
}

/** @throws Error where it ends instead of answering; build/bench/llama-server.log says why */
export async function startLlamaServer(build: LlamaServerBuild, setup: ServerSetup): Promise<RunningServer> {
  const port = await freePort();
  const log = openServerLog("llama-server");
  const flags = llamaServerFlags(setup);
  const where = ["--model", rigPath(setup.rig), "--host", "127.0.0.1", "--port", String(port)];
  const child = spawn(build.executable, [...where, ...flags], {
    cwd: build.libraries,
    stdio: ["ignore", log, log],
  });
  fs.closeSync(log);
  const exited = once(child, "exit");
  // It does not notice when the bench ends, however that comes about.
  const end = (): void => void child.kill("SIGKILL");
  process.once("exit", end);
  child.once("exit", () => process.off("exit", end));
  const stop = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) child.kill("SIGTERM");
    await exited;
  };
  const url = `http://127.0.0.1:${port}`;
  const deadlineMs = performance.now() + startPatienceMs;
  while (!(await isHealthy(url))) {
    if (child.exitCode !== null || performance.now() > deadlineMs) {
      await stop();
      throw new Error(`llama-server does not answer; ${serverLogPath("llama-server")} says why`);
    }
    await sleep(100);
  }
  const commandLine = ["llama-server", "--model", path.basename(rigPath(setup.rig)), ...flags].join(" ");
  return { url, pid: child.pid ?? 0, commandLine, engineCounters: async () => ({}), stop };
}

async function isHealthy(url: string): Promise<boolean> {
  const response = await fetch(`${url}/health`).catch(() => null);
  await response?.arrayBuffer();
  return response?.ok ?? false;
}

/** The system gives a port that nobody has; llama-server can't be left to choose one itself. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("the system gave no port");
  return address.port;
}
