import { isModelPath, parseModelReference, referenceForms } from "../model-reference.js";
import { setting } from "../setting.js";
import { duration, text, textList, toggle, wholeNumber } from "../values.js";
import { modelTable } from "./model-table.js";

const hubForm = "the address of a Hugging Face such as https://huggingface.co";

/** What is served, under which name, and where it lies. */
export const modelSettings = {
  model: setting(
    text(referenceForms)
      .refine((value) => parseModelReference(value) !== null, referenceForms)
      .nullable()
      .default(null),
    {
      group: "Model",
      description:
        "model to serve: a reference (qwen3-32b:Q4_K_M, hf:org/repository:Q8_0; weir models list shows them) or the path of a GGUF file; of a split model, its first part",
      defaultText: "the echo model in models/",
      placeholder: "model",
      shortFlag: "-m",
      path: isModelPath,
      example: "qwen3-32b:Q4_K_M",
    },
  ),
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
    path: isModelPath,
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
  modelsDir: setting(text("the path of a folder").nullable().default(null), {
    group: "Model",
    description:
      "folder that models are pulled to and references are looked up in; *.yaml in it are manifests of your own",
    defaultText: "models/ of the installation",
    placeholder: "path",
    path: true,
    example: "/srv/models",
  }),
  pull: setting(toggle().default(false), {
    group: "Model",
    description: "pull the model before serving where it is not in the folder yet: true, false",
    placeholder: "switch",
    bare: true,
  }),
  pullTimeout: setting(duration("1s", "1h").default(30_000), {
    group: "Model",
    description:
      "how long a download may stand still before it is tried again; it fails at the third time without a byte",
    placeholder: "duration",
  }),
  hfEndpoint: setting(
    text(hubForm)
      .refine((address) => /^https?:\/\/[^/]/.test(address) && URL.canParse(address), hubForm)
      .nullable()
      .default(null),
    {
      group: "Model",
      description:
        "where hf: references and manifests are pulled from, a mirror or a server of your own; the variable HF_TOKEN is sent there, and nowhere else",
      defaultText: "HF_ENDPOINT, or https://huggingface.co",
      placeholder: "url",
      example: "https://hf-mirror.example.org",
    },
  ),
};
