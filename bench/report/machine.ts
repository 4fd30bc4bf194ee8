import os from "node:os";
import { nodeLlamaCppVersion } from "#weir/llama/addon.js";
import type { Variant } from "#weir/llama/variant.js";

/** What the numbers were taken on. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryBytes: number;
  /** Devices that llama.cpp could compute on besides the CPU. */
  readonly gpus: readonly string[];
  readonly system: string;
  readonly node: string;
  readonly nodeLlamaCpp: string;
  readonly llamaCpp: string;
  readonly variant: string;
  /** Processes that wanted a core in the minute before: what exceeds 0 took time from the measurement. */
  readonly loadBefore: number;
}

export function describeMachine({ name, addon, cpuOnly }: Variant): Machine {
  const gpus = cpuOnly ? [] : addon.devices().filter(({ type }) => type !== "cpu");
  return {
    cpu: (os.cpus()[0]?.model ?? "unknown CPU").replaceAll(/\((R|TM)\)/g, ""),
    cores: os.availableParallelism(),
    memoryBytes: os.totalmem(),
    gpus: gpus.map(({ description }) => description),
    system: `${os.type()} ${os.release()} ${os.arch()}`,
    node: process.versions.node,
    nodeLlamaCpp: nodeLlamaCppVersion(),
    llamaCpp: addon.build.llamaCppLoaded,
    variant: name,
    loadBefore: os.loadavg()[0] ?? 0,
  };
}

/** The machine in a file's name: `2-cores-intel-xeon-processor-2.50ghz`. */
export function machineSlug({ cpu, cores, gpus }: Pick<Machine, "cpu" | "cores" | "gpus">): string {
  return [`${cores} cores`, cpu, ...gpus]
    .join(" ")
    .toLowerCase()
    .replaceAll(/[^a-z0-9.]+/g, "-")
    .replaceAll(/^-|-$/g, "");
}
