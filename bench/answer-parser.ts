/**
 * What a token costs the main thread at the beginning and at the end of an answer of 8,000 tokens with tools on.
 *
 *   node build/js/bench/answer-parser.js [rounds]
 *
 * Every round reads every answer once; a figure is the median over the rounds of the mean of 1,000 tokens.
 */
import { chatStream } from "#weir/api/openai/chat-stream.js";
import { type AnswerFormat, AnswerParser } from "#weir/chat/answer-parser.js";
import { median } from "./metrics/percentile.js";
import { markdownTable } from "./report/markdown-table.js";
import { formatNumber } from "./report/number-format.js";

const tokensPerAnswer = 8_000;
const tokensTimed = 1_000;
/** Until the compiler has settled. */
const warmUpRounds = 20;

const format: AnswerFormat = {
  reasoning: { startTag: "<think>", endTag: "</think>", open: false },
  tools: {
    startTag: "<tool_call>",
    endTag: "</tool_call>",
    nameField: "name",
    argumentsField: "arguments",
    names: Array.from({ length: 32 }, (_, index) => `tool_${index}`),
  },
};

const identity = {
  id: "chatcmpl-1",
  createdSeconds: 1_700_000_000,
  model: "echo",
  fingerprint: "weir",
  newCallId: () => "call_1",
};
const style = { reasoningFields: ["reasoning_content"] } as const;
const options = {
  includeUsage: false,
  hasLogprobs: false,
  prompts: [
    {
      tokens: Int32Array.of(),
      stopStrings: [],
      reasoning: format.reasoning,
      visibleTokens: [],
      toolCalls: format.tools,
      grammar: "",
      grammarRoot: "",
      thinking: null,
      warnings: [],
      prepareMs: 0,
      echo: "",
    },
  ],
};

/** What takes an answer's pieces in turn. */
type Reader = (piece: string) => unknown;

const readers: Readonly<Record<string, () => Reader>> = {
  AnswerParser: () => {
    const parser = new AnswerParser(format);
    return (piece) => parser.push(piece);
  },
  "whole stream": () => {
    const [choice] = chatStream(identity, style, options).choices;
    if (choice === undefined) throw new Error("a stream has a choice");
    return (piece) => choice.text(piece);
  },
};

const header = [
  "<tool_call>",
  "\n",
  '{"',
  "name",
  '":',
  ' "',
  "tool",
  "_7",
  '",',
  ' "',
  "arguments",
  '":',
  " {",
];
const answers: Readonly<Record<string, readonly string[]>> = {
  content: repeat([" word", ",", " more", " words", ".\n"]),
  thinking: ["<think>", ...repeat([" word", ",", " more", " words", ".\n"])].slice(0, tokensPerAnswer),
  "one call's arguments": [
    ...header,
    '"',
    "text",
    '":',
    ' "',
    ...repeat([" word", '\\"', " {", "\\n"]),
  ].slice(0, tokensPerAnswer),
  "many calls": repeat([...header, '"', "n", '":', " ", "1", "}}", "\n", "</tool_call>", "\n"]),
  "what is almost a call": repeat([...header.slice(0, 7), "_x", " <", "tool", "_call", " {"]),
  "white space behind a tag": ["<tool_call>", ...repeat(["\n\n"])].slice(0, tokensPerAnswer),
};

const rounds = Number(process.argv[2] ?? "101");
if (!(rounds >= 1)) throw new Error(`the number of rounds is at least 1, not ${process.argv[2]}`);

const rows = Object.entries(readers).flatMap(([name, start]) =>
  Object.entries(answers).map(([kind, pieces]) => [`${name}: ${kind}`, ...measure(start, pieces)]),
);
console.log(`Node.js ${process.version}, ${rounds} rounds, ${tokensPerAnswer} tokens an answer`);
console.log(markdownTable(["", "first 1,000, ns a token", "last 1,000, ns a token", "last / first"], rows));

function measure(start: () => Reader, pieces: readonly string[]): string[] {
  const measured: { first: number; last: number }[] = [];
  for (let round = -warmUpRounds; round < rounds; round++) {
    const read = start();
    const first = nsPerToken(read, pieces.slice(0, tokensTimed));
    for (const piece of pieces.slice(tokensTimed, -tokensTimed)) read(piece);
    const last = nsPerToken(read, pieces.slice(-tokensTimed));
    if (round >= 0) measured.push({ first, last });
  }
  const [first, last] = [measured.map((each) => each.first), measured.map((each) => each.last)];
  const [firstNs, lastNs] = [median(first), median(last)];
  return [formatNumber(firstNs, 0), formatNumber(lastNs, 0), formatNumber(lastNs / firstNs, 2)];
}

function nsPerToken(read: Reader, pieces: readonly string[]): number {
  const startMs = performance.now();
  for (const piece of pieces) read(piece);
  return ((performance.now() - startMs) * 1e6) / pieces.length;
}

function repeat(pieces: readonly string[]): string[] {
  const rounds = Math.ceil(tokensPerAnswer / pieces.length);
  return Array.from({ length: rounds }, () => pieces)
    .flat()
    .slice(0, tokensPerAnswer);
}
