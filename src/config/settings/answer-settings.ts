import { setting } from "../setting.js";
import { choice, toggle } from "../values.js";

/** DeepSeek's name, which llama-server took over, and OpenRouter's, which newer vLLM has. */
const reasoningFields = ["reasoning_content", "reasoning", "both"] as const;

/** What clients may ask for, and what answers look like. */
export const answerSettings = {
  grammar: setting(toggle().default(true), {
    group: "Answers",
    description: "accept grammars (GBNF) of clients: true, false",
    placeholder: "switch",
  }),
  reasoningField: setting(choice(reasoningFields).default("reasoning_content"), {
    group: "Answers",
    description: `field of an answer that the thinking goes to: ${reasoningFields.join(", ")}`,
    placeholder: "field",
  }),
};
