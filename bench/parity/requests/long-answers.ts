import { calling, saying, thinking, tool, user } from "../messages.js";
import { chat, completion, type ParityRequest } from "../request.js";

const paragraph = "The river bends twice before the mill, and the mill has not turned for years. ";
const tools = [tool("save", { text: { type: "string" } }, ["text"])];

/** The echo model's prompt and answer have 8,192 tokens together. */
export const longAnswers: readonly ParityRequest[] = [
  chat("an answer of 3,700 tokens", [user(paragraph.repeat(217))], { max_tokens: 4000 }),
  chat("a thought of 1,000 tokens", saying(thinking(paragraph.repeat(60), "Done.")), { max_tokens: 2000 }),
  chat("arguments of 1,000 tokens", saying(calling("save", JSON.stringify({ text: paragraph.repeat(60) }))), {
    max_tokens: 2000,
    tools,
  }),
  completion("5,000 tokens of random weights", "Rivers", { max_tokens: 5000, ignore_eos: true }, "tiny"),
];
