import type { ReasoningFormat, ToolCallFormat } from "../prompt/prompt.js";
import { type ReasoningDelta, ReasoningSplitter } from "./reasoning-splitter.js";
import type { ToolCallDelta } from "./tool-call-output.js";
import { ToolCallReader } from "./tool-call-reader.js";

export type { ToolCallDelta } from "./tool-call-output.js";

/** How a model writes an answer; null for what it does not do or was not asked for. */
export interface AnswerFormat {
  readonly reasoning: ReasoningFormat | null;
  readonly tools: ToolCallFormat | null;
}

/** What a piece of an answer added; all of it may be empty. */
export interface AnswerDelta {
  readonly reasoning: string;
  readonly content: string;
  /** At most one a call. */
  readonly toolCalls: readonly ToolCallDelta[];
}

export interface ParsedAnswer {
  readonly reasoning: string;
  readonly content: string;
  /** Calls whose arguments are complete, as JSON text. */
  readonly toolCalls: readonly { readonly name: string; readonly arguments: string }[];
}

/**
 * Turns an answer's text into thinking, content and tool calls while it is written, with work in proportion to each piece.
 *
 * However an answer is cut into pieces, the deltas add up to the same. A call inside the thinking is thinking.
 */
export class AnswerParser {
  readonly #splitter: ReasoningSplitter;
  readonly #reader: ToolCallReader | null;
  #touchedContent = false;

  constructor({ reasoning, tools }: AnswerFormat) {
    this.#splitter = new ReasoningSplitter(reasoning);
    this.#reader = tools === null ? null : new ToolCallReader(tools);
  }

  /**
   * Whether the last push was, also, part of the content or of a tool call, shown or held back; false for thinking, its
   * tags and the white space around them. An empty push, a token that ends within a character, is where the text is.
   */
  get touchedContent(): boolean {
    return this.#touchedContent;
  }

  /**
   * Whether it is still open if the answer begins with thinking: so far it is white space or part of a tag. What was pushed
   * meanwhile touched content if the push that decides it is content.
   */
  get undecided(): boolean {
    return this.#splitter.state === "undecided";
  }

  /** The length of the last call's text, from its start tag on, while its arguments have not ended; else 0. */
  get unfinishedCallLength(): number {
    return this.#reader?.unfinishedLength ?? 0;
  }

  push(piece: string): AnswerDelta {
    const split = this.#splitter.push(piece);
    this.#touchedContent = split.content !== "" || (piece === "" && this.#splitter.state === "content");
    return this.#read(split);
  }

  /** What was held back. Call it once, after the last push. */
  end(): AnswerDelta {
    const { reasoning, content, toolCalls } = this.#read(this.#splitter.end());
    return { reasoning, content: content + (this.#reader?.end() ?? ""), toolCalls };
  }

  #read({ reasoning, content }: ReasoningDelta): AnswerDelta {
    if (this.#reader === null) return { reasoning, content, toolCalls: [] };
    return { reasoning, ...this.#reader.push(content) };
  }
}

/** A whole answer at once. A call whose arguments have not ended is content, as it was written. */
export function parseAnswer(format: AnswerFormat, text: string): ParsedAnswer {
  const parser = new AnswerParser(format);
  const [body, rest] = [parser.push(text), parser.end()];
  const content = body.content + rest.content;
  // Of one push there is one delta a call.
  const toolCalls = body.toolCalls.map((call) => ({ name: call.name ?? "", arguments: call.arguments }));
  const answer = { reasoning: body.reasoning + rest.reasoning, content, toolCalls };
  if (parser.unfinishedCallLength === 0) return answer;
  return {
    ...answer,
    content: content + text.slice(-parser.unfinishedCallLength),
    toolCalls: toolCalls.slice(0, -1),
  };
}
