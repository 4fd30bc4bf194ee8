import {
  autoContext,
  autoSlots,
  cacheTypes,
  contextLimit,
  flashAttentionModes,
  slotLimit,
} from "../../llama/options.js";
import { setting } from "../setting.js";
import { choice, duration, size, wholeNumber } from "../values.js";

/** How much runs at the same time, and in what portions. */
export const slotSettings = {
  parallel: setting(wholeNumber(1, slotLimit, { auto: autoSlots }).default(8), {
    group: "Slots and batches",
    description:
      "KV-cache slots: requests that run at the same time, further ones wait; auto is as many as fit in memory",
    placeholder: "slots",
    shortFlag: "-np",
  }),
  ctxSize: setting(wholeNumber(0, contextLimit, { auto: autoContext }).default(0), {
    group: "Slots and batches",
    description:
      "context in tokens PER SLOT, prompt and answer together (llama-server's is shared by all slots); auto is as long as fits in memory, at most what the model was trained with",
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
  maxItl: setting(duration("0", "60s", { bareUnit: "ms" }).default(0), {
    group: "Slots and batches",
    description:
      "gap between two tokens of an answer that other people's prompts may bring about; smaller is smoother for those who read, larger is faster for those who wait",
    defaultText: "0: 150ms on a CPU, 100ms on GPUs",
    placeholder: "duration",
  }),
  cacheRam: setting(size("0", "4TiB", { bareUnit: "MiB" }).default(2 ** 30), {
    group: "Slots and batches",
    description: "host memory for prefixes whose slots others need; 0 keeps none",
    placeholder: "size",
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
};
