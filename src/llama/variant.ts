import fs from "node:fs";
import path from "node:path";
import type { LlamaLogLevel } from "node-llama-cpp";
import { messageOf, WeirError } from "../errors.js";
import { type Addon, type Device, loadAddon } from "./addon.js";
import type { GpuChoice } from "./options.js";

export type LlamaLog = (level: "error" | "warn" | "info" | "debug", message: string) => void;

/** The llama.cpp build that this process uses. One a process: the variants' libraries can't be loaded side by side. */
export interface Variant {
  /** The package's name without its scope: `linux-x64`, `linux-x64-cuda`, `linux-x64-vulkan`. */
  readonly name: string;
  readonly gpu: "cuda" | "vulkan" | "metal" | false;
  readonly addon: Addon;
  /** Why this one, for `weir doctor` and the log. */
  readonly reason: string;
  /** True where `auto` found only software devices, so that models stay on the CPU. */
  readonly cpuOnly: boolean;
}

/** Vulkan drivers that compute on the CPU, slower than ggml's own CPU backend. */
const softwareDevice = /llvmpipe|lavapipe|swiftshader|softpipe/i;

let opened: Promise<Variant> | null = null;

/**
 * Picks a variant with node-llama-cpp, loads it and its addon. Later calls return the first one's.
 *
 * @param gpu `auto` takes CUDA or Vulkan where there is a real GPU, otherwise the CPU
 * @param log takes llama.cpp's log from then on; called on this thread
 * @throws WeirError `backend_unavailable` or `addon_unavailable`, saying what was tried and what to install
 */
export function openVariant(gpu: GpuChoice, log: LlamaLog): Promise<Variant> {
  opened ??= open(gpu, log).catch((thrown: unknown) => {
    opened = null;
    throw thrown;
  });
  return opened;
}

async function open(gpu: GpuChoice, log: LlamaLog): Promise<Variant> {
  // Imported here: it takes half a second, which `weir --help` need not.
  const { getLlama } = await import("node-llama-cpp");
  const excludesVulkan = gpu === "auto" && !hasRenderNode();
  const llama = await getLlama({
    gpu: excludesVulkan ? { type: "auto", exclude: ["vulkan"] } : gpu === "false" ? false : gpu,
    build: "never",
    skipDownload: true,
    progressLogs: false,
    logger: (level, message) => log(logLevels[level] ?? "debug", message.trimEnd()),
  }).catch((thrown: unknown) => {
    throw new WeirError("backend_unavailable", unavailable(gpu, thrown), { cause: thrown });
  });
  const name = loadedVariant();
  const addon = loadAddon(name);
  addon.setLogHandler(log);
  const gpus = addon.devices().filter((device) => device.type !== "cpu");
  if (gpus.length === 0 && (gpu === "cuda" || gpu === "vulkan")) {
    // llama.cpp would compute on the CPU without a word. ggml hides software Vulkan devices unless they are listed.
    throw new WeirError("backend_unavailable", unavailable(gpu, new Error(`${name} finds no device`)));
  }
  const software = gpus.filter((device) => softwareDevice.test(device.description));
  const cpuOnly = gpu === "auto" && software.length > 0 && software.length === gpus.length;
  return {
    name,
    gpu: llama.gpu,
    addon,
    reason: reasonFor(gpu, llama.gpu, gpus, excludesVulkan, cpuOnly),
    cpuOnly,
  };
}

const logLevels: Partial<Record<LlamaLogLevel, "error" | "warn" | "info" | "debug">> = {
  fatal: "error",
  error: "error",
  warn: "warn",
  info: "info",
};

/** A kernel device of a real GPU. Without one, only software Vulkan drivers are left. */
function hasRenderNode(): boolean {
  const entries = (folder: string): string[] => (fs.existsSync(folder) ? fs.readdirSync(folder) : []);
  return (
    entries("/dev/dri").some((name) => name.startsWith("renderD")) ||
    entries("/dev").some((name) => /^nvidia\d+$|^dxg$/.test(name))
  );
}

/** The folder of the libllama that getLlama() has loaded says which package it took. */
function loadedVariant(): string {
  // process.report's types leave its content open; `sharedObjects` is a list of paths.
  const report = process.report.getReport() as unknown as { sharedObjects: string[] };
  const library = report.sharedObjects.find((file) => /\/libllama\.[^/]*so$/.test(file));
  if (library === undefined) {
    throw new WeirError(
      "backend_unavailable",
      "node-llama-cpp has loaded no libllama; reinstall its packages with `npm ci` (without --omit=optional)",
    );
  }
  return path.basename(path.dirname(library));
}

function unavailable(gpu: GpuChoice, thrown: unknown): string {
  const needs = {
    auto: "run `npm ci` without --omit=optional",
    cuda: "it needs an NVIDIA driver and the package @node-llama-cpp/linux-x64-cuda (`npm ci` installs it)",
    vulkan: "it needs a Vulkan driver and loader (Debian: `apt-get install libvulkan1 mesa-vulkan-drivers`)",
    false: "run `npm ci` without --omit=optional",
  }[gpu];
  return `no llama.cpp build for gpu "${gpu}" could be loaded (${messageOf(thrown)}); ${needs}, or choose another with --gpu auto|cuda|vulkan|false`;
}

function reasonFor(
  asked: GpuChoice,
  got: Variant["gpu"],
  gpus: readonly Device[],
  excludesVulkan: boolean,
  cpuOnly: boolean,
): string {
  if (asked !== "auto") return `asked for with --gpu ${asked}`;
  if (cpuOnly)
    return "auto: only software Vulkan devices, which are slower than the CPU itself; models stay on the CPU";
  if (got !== false && gpus.length > 0)
    return `auto: found ${gpus.map((device) => device.description).join(", ")}`;
  return excludesVulkan ? "auto: there is no GPU on this machine" : "auto: no usable GPU driver";
}
