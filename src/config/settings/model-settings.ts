import { setting } from "../setting.js";
import { text, textList } from "../values.js";

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
};
