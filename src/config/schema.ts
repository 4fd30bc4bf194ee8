import { z } from "zod";
import { cacheTypes, flashAttentionModes, gpuChoices, splitModes } from "../llama/options.js";
import { logLevels } from "../telemetry/logger.js";
import { setting } from "./setting.js";
import { choice, proportions, text, textList, toggle, wholeNumber } from "./values.js";

// Limits of llama.cpp v0.5.0: LLAMA_MAX_SEQ, GGML_MAX_N_THREADS, and the 16 devices of llama_max_devices().
const maxSlots = 256;
const maxThreads = 512;
const maxDevices = 16;
/** DeepSeek's name, which llama-server took over, and OpenRouter's, which newer vLLM has. */
const reasoningFields = ["reasoning_content", "reasoning", "both"] as const;

/** Every setting of the server, with its default. The names are llama-server's flags in camel case. */
export const configSchema = z
  .strictObject({
    model: setting(text("the path of a GGUF file").nullable().default(null), {
      group: "Model",
      description: "GGUF file to serve; of a split model, its first part",
      defaultText: "the echo model in models/",
      placeholder: "path",
      shortFlag: "-m",
    }),
    alias: setting(text("a name").nullable().default(null), {
      group: "Model",
      description: "name that clients use for the model",
      defaultText: "the file's name without .gguf",
      placeholder: "name",
      shortFlag: "-a",
    }),

    parallel: setting(wholeNumber(1, maxSlots).default(8), {
      group: "Slots and batches",
      description: "KV-cache slots: requests that run at the same time, further ones wait",
      placeholder: "slots",
      shortFlag: "-np",
    }),
    ctxSize: setting(wholeNumber(0, 2 ** 24).default(0), {
      group: "Slots and batches",
      description:
        "context in tokens PER SLOT, prompt and answer together (llama-server's is shared by all slots)",
      defaultText: "0: the context that the model was trained with, at most 8192",
      placeholder: "tokens",
      shortFlag: "-c",
    }),
    batchSize: setting(wholeNumber(1, 65_536).default(512), {
      group: "Slots and batches",
      description: "rows of a pass at most: running answers have one, prompts another; at least --parallel",
      placeholder: "tokens",
      shortFlag: "-b",
    }),
    ubatchSize: setting(wholeNumber(0, 65_536).default(0), {
      group: "Slots and batches",
      description: "tokens that llama.cpp computes in one graph at most",
      defaultText: "0: the smaller of 512 and --batch-size",
      placeholder: "tokens",
      shortFlag: "-ub",
    }),
    maxItl: setting(wholeNumber(0, 60_000).default(0), {
      group: "Slots and batches",
      description:
        "gap in ms between two tokens of an answer that other people's prompts may bring about; smaller is smoother for those who read, larger is faster for those who wait",
      defaultText: "0: 250 on a CPU, 100 on GPUs",
      placeholder: "ms",
    }),
    cacheRam: setting(wholeNumber(0, 2 ** 22).default(1024), {
      group: "Slots and batches",
      description: "host memory in MiB for prefixes whose slots others need; 0 keeps none",
      placeholder: "MiB",
      shortFlag: "-cram",
    }),
    flashAttn: setting(choice(flashAttentionModes).default("auto"), {
      group: "Slots and batches",
      description: `flash attention: ${flashAttentionModes.join(", ")}`,
      placeholder: "mode",
      shortFlag: "-fa",
    }),
    cacheTypeK: setting(choice(cacheTypes).default("f16"), {
      group: "Slots and batches",
      description: `type of the KV cache's keys: ${cacheTypes.join(", ")}`,
      placeholder: "type",
      shortFlag: "-ctk",
    }),
    cacheTypeV: setting(choice(cacheTypes).default("f16"), {
      group: "Slots and batches",
      description: "type of the KV cache's values, the same names",
      placeholder: "type",
      shortFlag: "-ctv",
    }),

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
      },
    ),
    nGpuLayers: setting(wholeNumber(-1, 9999, { all: -1, auto: -1 }).default(-1), {
      group: "Devices",
      description: "layers on GPUs",
      defaultText: "-1: all",
      placeholder: "layers",
      shortFlag: "-ngl",
    }),
    splitMode: setting(choice(splitModes).default("layer"), {
      group: "Devices",
      description: `how a model is split over GPUs: ${splitModes.join(", ")}`,
      placeholder: "mode",
      shortFlag: "-sm",
    }),
    tensorSplit: setting(proportions("proportions such as 3,1, one per device", maxDevices).default([]), {
      group: "Devices",
      description: "share of each device, a comma list of proportions",
      defaultText: "by free memory",
      placeholder: "shares",
      shortFlag: "-ts",
    }),
    mainGpu: setting(wholeNumber(0, maxDevices - 1).default(0), {
      group: "Devices",
      description: "device that holds everything with --split-mode none",
      placeholder: "index",
      shortFlag: "-mg",
    }),
    threads: setting(wholeNumber(0, maxThreads).default(0), {
      group: "Devices",
      description: "compute threads of the CPU",
      defaultText: "0: as many as physical cores",
      placeholder: "number",
      shortFlag: "-t",
    }),

    poll: setting(wholeNumber(0, 100).default(1), {
      group: "Devices",
      description:
        "how long compute threads spin for the next token of a lone answer before they sleep: 0 not at all, 100 longest",
      placeholder: "level",
    }),

    host: setting(text("an address or a host name").default("127.0.0.1"), {
      group: "Server",
      description: "address to listen on; 0.0.0.0 is every interface",
      placeholder: "address",
    }),
    port: setting(wholeNumber(0, 65_535).default(18_789), {
      group: "Server",
      description: "port to listen on; 0 takes a free one",
      placeholder: "number",
    }),
    apiKey: setting(
      textList("keys of printable characters without spaces or commas", /^[!-+\--~]+$/).default([]),
      {
        group: "Server",
        description: "key that clients must send; repeat the flag or give a comma list for several",
        defaultText: "none, everybody may ask",
        placeholder: "key",
        repeatable: true,
        secret: true,
      },
    ),
    grammar: setting(toggle().default(true), {
      group: "Server",
      description: "accept grammars (GBNF) of clients: true, false",
      placeholder: "switch",
    }),
    reasoningField: setting(choice(reasoningFields).default("reasoning_content"), {
      group: "Server",
      description: `field of an answer that the thinking goes to: ${reasoningFields.join(", ")}`,
      placeholder: "field",
    }),
    logContent: setting(toggle().default(false), {
      group: "Server",
      description: "log prompts and answers too: true, false",
      placeholder: "switch",
    }),
    logLevel: setting(choice(logLevels).default("info"), {
      group: "Server",
      description: `least level that is logged: ${logLevels.join(", ")}`,
      placeholder: "level",
    }),
  })
  .superRefine(({ parallel, batchSize, ubatchSize }, context) => {
    // A step must have room for one row of every slot.
    if (batchSize < parallel) {
      context.addIssue({ code: "custom", path: ["batchSize"], message: `at least --parallel, ${parallel}` });
    }
    if (ubatchSize > batchSize) {
      context.addIssue({
        code: "custom",
        path: ["ubatchSize"],
        message: `at most --batch-size, ${batchSize}`,
      });
    }
  });

export type Config = z.output<typeof configSchema>;
