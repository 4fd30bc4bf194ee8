import { type AnswerFormat, AnswerParser, type ParsedAnswer, parseAnswer } from "#weir/chat/answer-parser.js";

/** As Qwen3 writes. */
export const qwen: AnswerFormat = {
  reasoning: { startTag: "<think>", endTag: "</think>", open: false },
  tools: {
    startTag: "<tool_call>",
    endTag: "</tool_call>",
    nameField: "name",
    argumentsField: "arguments",
    names: ["get_weather", "get", "time"],
  },
};

/** An object alone, as Llama 3 writes. */
export const llama: AnswerFormat = {
  reasoning: null,
  tools: {
    startTag: "",
    endTag: "",
    nameField: "name",
    argumentsField: "parameters",
    names: ["get_weather", "time"],
  },
};

export const paris = '{"city": "Paris"}';

/** A call up to its arguments. */
export const header = '<tool_call>\n{"name": "get_weather", "arguments": ';

export function call(argumentsText = paris, name = "get_weather"): string {
  return `<tool_call>\n{"name": "${name}", "arguments": ${argumentsText}}\n</tool_call>`;
}

/** What should come of a text: nothing but what is named. */
export function answer(parts: Partial<ParsedAnswer>): ParsedAnswer {
  return { reasoning: "", content: "", toolCalls: [], ...parts };
}

export function called(argumentsText = paris, name = "get_weather"): ParsedAnswer["toolCalls"][number] {
  return { name, arguments: argumentsText };
}

/** What the deltas add up to. A call begun and not ended is among the calls. */
export function stream(pieces: readonly string[], format: AnswerFormat = qwen): ParsedAnswer {
  const parser = new AnswerParser(format);
  const deltas = [...pieces.map((piece) => parser.push(piece)), parser.end()];
  const toolCalls: { name: string; arguments: string }[] = [];
  for (const delta of deltas.flatMap((each) => each.toolCalls)) {
    if (delta.name !== undefined) {
      if (delta.index !== toolCalls.length) throw new Error(`call ${delta.index} comes out of turn`);
      toolCalls.push({ name: delta.name, arguments: delta.arguments });
    } else {
      const last = toolCalls.at(-1);
      if (last === undefined || delta.index !== toolCalls.length - 1)
        throw new Error(`call ${delta.index} goes on and is not the last`);
      last.arguments += delta.arguments;
    }
  }
  return {
    reasoning: deltas.map((delta) => delta.reasoning).join(""),
    content: deltas.map((delta) => delta.content).join(""),
    toolCalls,
  };
}

/** What the deltas add up to, with a call that has not ended as content, as `parseAnswer` has it. */
export function streamWhole(pieces: readonly string[], format: AnswerFormat = qwen): ParsedAnswer {
  const streamed = stream(pieces, format);
  const parser = new AnswerParser(format);
  for (const piece of pieces) parser.push(piece);
  const unfinished = parser.unfinishedCallLength;
  if (unfinished === 0) return streamed;
  return {
    ...streamed,
    content: streamed.content + pieces.join("").slice(-unfinished),
    toolCalls: streamed.toolCalls.slice(0, -1),
  };
}

export function parse(text: string, format: AnswerFormat = qwen): ParsedAnswer {
  return parseAnswer(format, text);
}
