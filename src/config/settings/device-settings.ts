import { gpuChoices, placements, splitModes } from "../../llama/options.js";
import { setting } from "../setting.js";
import { choice, proportions, size, textList, wholeNumber } from "../values.js";

// Limits of llama.cpp v0.5.0: GGML_MAX_N_THREADS, and the 16 devices of llama_max_devices().
const maxThreads = 512;
const maxDevices = 16;

/** Where a model is computed. */
export const deviceSettings = {
  gpu: setting(choice(gpuChoices).default("auto"), {
    group: "Devices",
    description: `variant of llama.cpp: ${gpuChoices.join(", ")} (false is the CPU)`,
    placeholder: "variant",
  }),
  device: setting(
    textList("device names such as CUDA0,CUDA1 (--gpu false is the CPU)", /^(?!none$)\S+$/i).default([]),
    {
      group: "Devices",
      description: "devices to use, a comma list",
      defaultText: "all GPUs of the variant",
      placeholder: "names",
      shortFlag: "-dev",
      example: "[CUDA0, CUDA1]",
    },
  ),
  nGpuLayers: setting(wholeNumber(-1, 9999, { all: -1, auto: -1 }).default(-1), {
    group: "Devices",
    description: "layers on GPUs",
    defaultText: "-1: all",
    placeholder: "layers",
    shortFlag: "-ngl",
  }),
  placement: setting(choice(placements).default("split"), {
    group: "Devices",
    description:
      "split: one model over all devices; replicate: a whole one on each, which share the slots of --parallel; single: one on the device of --main-gpu",
    placeholder: "how",
  }),
  splitMode: setting(choice(splitModes).default("layer"), {
    group: "Devices",
    description: `how a model is split over GPUs: ${splitModes.join(", ")}`,
    placeholder: "mode",
    shortFlag: "-sm",
  }),
  tensorSplit: setting(proportions("proportions such as 3,1, one per device", maxDevices).default([]), {
    group: "Devices",
    description: "share of each device, a comma list of proportions, or auto",
    defaultText: "auto: by free memory",
    placeholder: "shares",
    shortFlag: "-ts",
    example: "[1, 1]",
  }),
  mainGpu: setting(wholeNumber(0, maxDevices - 1).default(0), {
    group: "Devices",
    description: "device that holds everything with --placement single or --split-mode none",
    placeholder: "index",
    shortFlag: "-mg",
  }),
  memoryLimit: setting(size("0", "1024TiB").default(0), {
    group: "Devices",
    description:
      "host memory that models may take together, by plan: weights, KV caches and compute buffers; a swap that does not fit beside what serves frees that first",
    defaultText: "0: what there is",
    placeholder: "size",
  }),
  threads: setting(wholeNumber(0, maxThreads).default(0), {
    group: "Devices",
    description: "compute threads of the CPU",
    defaultText: "0: the physical cores, at most those that the process may use",
    placeholder: "number",
    shortFlag: "-t",
  }),
  poll: setting(wholeNumber(0, 100).default(1), {
    group: "Devices",
    description:
      "how long compute threads spin for the next token of a lone answer before they sleep: 0 not at all, 100 longest",
    placeholder: "level",
  }),
};
