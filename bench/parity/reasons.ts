import type { Field } from "./answer.js";

/** Why Weir's answer is the right one where the servers differ. */
export interface Reason {
  readonly title: string;
  readonly why: string;
  /** The parts that differ: every one of them, in the answer to every one of these requests. */
  readonly on: readonly Field[];
  readonly of: readonly string[];
}

export const reasons: readonly Reason[] = [
  {
    title: "White space around the thinking's tags",
    why: "It is the template's, at both ends of a thought, and so part of neither the thought nor the content. llama-server takes one line break off the beginning and none off the end.",
    on: ["reasoning"],
    of: [
      "a thought, then content",
      "a thought with a line break at its end only",
      "a thought of several paragraphs",
      "a thought with white space around",
      "a thought and nothing",
      "a thought and white space",
      "white space, then a thought",
      "a thought within a thought",
      "two thoughts",
      "half an end tag in a thought",
      "a thought in Chinese with emoji",
      "enable_thinking true by the template's arguments",
      "reasoning_effort low",
      "reasoning_effort high",
      "/think in the user's text",
      "a budget that is not reached",
      "no budget",
      "a stop string after a thought",
      "reasoning_format auto",
      "reasoning_format deepseek",
      "thinking in a second turn",
      "tool_choice required, after a thought",
      "a call after a thought",
      "a thought, text and a call",
      "a call inside a thought",
      "a call inside a thought and one after it",
      "json_schema after a thought",
      "logprobs of a thought",
      "a thought of 1,000 tokens",
    ],
  },
  {
    title: "White space behind a thought",
    why: "All of it is the template's, which writes two line breaks there; llama-server takes off two characters.",
    on: ["content"],
    of: ["a thought with white space around"],
  },
  {
    title: "White space that an answer begins with, or consists of",
    why: "The model wrote it, so it is in the answer. llama-server drops it, and of an answer of nothing else it drops it from the stream only.",
    on: ["content"],
    of: [
      "a single space",
      "line breaks first",
      "spaces first",
      "nothing but line breaks",
      "an empty assistant message to continue",
    ],
  },
  {
    title: "What the end of an answer cut off",
    why: "A tag that was begun is text that was generated. llama-server's whole answers have it, its streams don't.",
    on: ["content"],
    of: ["a call cut off in its tag", "a call cut off in its name"],
  },
  {
    title: "A thinking tag alone",
    why: "The tag is no content, whether or not a thought follows. llama-server's stream leaves it out too.",
    on: ["content"],
    of: ["a thought that is cut off in its start tag"],
  },
  {
    title: "Half a call in a whole answer",
    why: "Half arguments are no JSON: a client that executes `tool_calls` must not get them, so they come back as content, as they were written. In a stream they are sent already when the answer is cut off.",
    on: ["content", "tool calls"],
    of: [
      "a call cut off before its arguments",
      "a call cut off in its arguments",
      "a stop string in the arguments",
    ],
  },
];
