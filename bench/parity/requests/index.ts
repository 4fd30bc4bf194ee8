import type { Topic } from "../request.js";
import { conversations } from "./conversations.js";
import { logProbabilities } from "./log-probabilities.js";
import { longAnswers } from "./long-answers.js";
import { plainText } from "./plain-text.js";
import { sampling } from "./sampling.js";
import { structuredOutput } from "./structured-output.js";
import { textCompletions } from "./text-completions.js";
import { textEndpoints } from "./text-endpoints.js";
import { thinkingAnswers } from "./thinking-answers.js";
import { toolCalls } from "./tool-calls.js";

export const topics: readonly Topic[] = [
  { title: "Text", requests: plainText },
  { title: "Conversations", requests: conversations },
  { title: "Thinking", requests: thinkingAnswers },
  { title: "Tool calls", requests: toolCalls },
  { title: "Structured output", requests: structuredOutput },
  { title: "Sampling, stop strings and limits", requests: sampling },
  { title: "/v1/completions", requests: textCompletions },
  { title: "Log-probabilities", requests: logProbabilities },
  { title: "Long answers", requests: longAnswers },
  { title: "/tokenize, /detokenize and /apply-template", requests: textEndpoints },
];
