import { setting } from "../setting.js";
import { duration, text, textList, wholeNumber } from "../values.js";
import { modelTable } from "./model-table.js";

/** What is served, and under which name. */
export const modelSettings = {
  model: setting(text("the path of a GGUF file").nullable().default(null), {
    group: "Model",
    description: "GGUF file to serve; of a split model, its first part",
    defaultText: "the echo model in models/",
    placeholder: "path",
    shortFlag: "-m",
    path: true,
    example: "models/Qwen3-32B-Q4_K_M.gguf",
  }),
  alias: setting(textList("names, the first of which answers carry", /^\S/).default([]), {
    group: "Model",
    description: "name that clients use for the model; of several, a comma list, answers carry the first",
    defaultText: "the file's name without .gguf",
    placeholder: "names",
    shortFlag: "-a",
    live: true,
    example: "[qwen3-32b, default]",
  }),
  models: setting(modelTable().default([]), {
    group: "Model",
    description:
      "several models instead of one, by name; each with its own model, alias, load (start, or demand: for the first request), pinned (never unloaded for another), idle-unload, and any key of slots and devices",
    defaultText: "the one of model",
    placeholder: "table",
    live: true,
    path: true,
    example: "{qwen3: {model: models/a.gguf, alias: [gpt-4o]}, small: {model: models/b.gguf, load: demand}}",
  }),
  modelsMax: setting(wholeNumber(0, 1000).default(0), {
    group: "Model",
    description:
      "models of a table that are loaded at the same time; for a further one the least recently used goes",
    defaultText: "0: as many as fit",
    placeholder: "number",
  }),
  idleUnload: setting(duration("0", "30d").default(0), {
    group: "Model",
    description: "unload a model with load: demand that nobody has asked for this long; 0: never",
    placeholder: "duration",
    live: true,
  }),
};
