import { calling, saidIn, saying, thinking, tool, user } from "../messages.js";
import { chat, completion, type ParityRequest } from "../request.js";

const tools = [tool("get_weather", { city: { type: "string" } }, ["city"])];
const random = { max_tokens: 8, ignore_eos: true } as const;

export const logProbabilities: readonly ParityRequest[] = [
  chat("logprobs", saying("one two"), { logprobs: true, top_logprobs: 1 }),
  chat("logprobs without top_logprobs", saying("one two"), { logprobs: true }),
  chat("top_logprobs 0", saying("one two"), { logprobs: true, top_logprobs: 0 }),
  chat("logprobs false", saying("one two"), { logprobs: false }),
  chat("top_logprobs without logprobs", saying("one two"), { top_logprobs: 2 }),
  chat("top_logprobs beyond 20", saying("one two"), { logprobs: true, top_logprobs: 30 }),
  chat(
    "logprobs on random weights",
    [user("Tell me.")],
    { ...random, logprobs: true, top_logprobs: 5 },
    "tiny",
  ),
  chat(
    "20 top_logprobs on random weights",
    [user("Tell me.")],
    { ...random, logprobs: true, top_logprobs: 20 },
    "tiny",
  ),
  chat("logprobs of an answer that is cut off", saying("one two three"), {
    logprobs: true,
    top_logprobs: 1,
    max_tokens: 2,
  }),
  chat("logprobs with a stop string", saying("one two three"), {
    logprobs: true,
    top_logprobs: 1,
    stop: ["three"],
  }),
  chat("logprobs with a stop string of whole tokens", saying("one two three"), {
    logprobs: true,
    top_logprobs: 1,
    stop: [" three"],
  }),
  chat("logprobs of a character in parts", saying("x𓂀y"), { logprobs: true, top_logprobs: 1 }),
  chat("logprobs of Chinese and emoji", saying("你好🧿"), { logprobs: true, top_logprobs: 1 }),
  chat("logprobs of a thought", saying(thinking("hm", "yes")), { logprobs: true, top_logprobs: 1 }),
  chat("logprobs of a call", saying(calling("get_weather", '{"city": "Paris"}')), {
    tools,
    logprobs: true,
    top_logprobs: 1,
  }),
  chat(
    "logprobs with a seed",
    [user("Tell me.")],
    {
      ...random,
      temperature: 1,
      seed: 3,
      logprobs: true,
      top_logprobs: 3,
    },
    "tiny",
  ),
  chat(
    "logprobs with a logit bias",
    [user("Tell me.")],
    {
      ...random,
      logit_bias: { "9707": 100 },
      logprobs: true,
      top_logprobs: 3,
    },
    "tiny",
  ),
  completion("logprobs of a completion", saidIn("one two"), { logprobs: 1 }),
  completion("logprobs of a completion with a rare character", saidIn("x𓂀y"), { logprobs: 1 }),
  completion("logprobs of a completion with a stop string", saidIn("one two three"), {
    logprobs: 1,
    stop: [" three"],
  }),
  completion("logprobs of a completion on random weights", "The quick", { ...random, logprobs: 5 }, "tiny"),
  completion("logprobs 0 of a completion", saidIn("one two"), { logprobs: 0 }),
  completion("logprobs of two prompts", ["The quick", "Once"], { ...random, logprobs: 1 }, "tiny"),
];
