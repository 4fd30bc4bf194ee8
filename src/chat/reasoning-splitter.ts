import type { ReasoningFormat } from "../prompt/prompt.js";

/** What a piece of an answer added to its thinking and to its content; either may be empty. */
export interface ReasoningDelta {
  readonly reasoning: string;
  readonly content: string;
}

/** Undecided: what came so far is white space or part of a start tag. */
export type ReasoningState = "undecided" | "reasoning" | "content";

/**
 * Tells an answer's thinking from its content while it is written, with work in proportion to each piece.
 *
 * The answer thinks if its prompt ended inside a thinking block or if its first text is the start tag; a tag further
 * on is content. White space around the tags is dropped, as llama-server does. However an answer is cut into pieces,
 * the deltas add up to the same two texts.
 */
export class ReasoningSplitter {
  readonly #startTag: string;
  readonly #endTag: string;
  #state: ReasoningState;
  /** The beginning of a tag that the next piece may complete; shorter than the tag. */
  #partialTag = "";
  /** White space that is dropped if a tag follows. Kept apart so that a long run of it is not scanned again. */
  #heldSpace = "";
  /** The text before was a tag, so white space that follows is dropped. */
  #afterTag = false;
  #reasoning = "";
  #content = "";

  constructor(format: ReasoningFormat | null) {
    this.#startTag = format?.startTag.trim() ?? "";
    this.#endTag = format?.endTag.trim() ?? "";
    if (format === null || this.#endTag === "") {
      this.#state = "content";
    } else if (format.open) {
      this.#state = "reasoning";
      this.#afterTag = true;
    } else {
      this.#state = this.#startTag === "" ? "content" : "undecided";
    }
  }

  /** What the next text belongs to, as far as it is known. */
  get state(): ReasoningState {
    return this.#state;
  }

  push(piece: string): ReasoningDelta {
    this.#read(piece);
    return this.#take();
  }

  /** What was held back because a tag might have followed. Thinking that never ended is all thinking. */
  end(): ReasoningDelta {
    const rest = this.#heldSpace + this.#partialTag;
    this.#heldSpace = "";
    this.#partialTag = "";
    if (this.#state === "reasoning") this.#reasoning += rest;
    else this.#content += rest;
    return this.#take();
  }

  #take(): ReasoningDelta {
    const delta = { reasoning: this.#reasoning, content: this.#content };
    this.#reasoning = "";
    this.#content = "";
    return delta;
  }

  #read(piece: string): void {
    if (this.#state === "undecided") this.#readUndecided(piece);
    else if (this.#state === "reasoning") this.#readReasoning(piece);
    else this.#readContent(piece);
  }

  #readUndecided(piece: string): void {
    const text = this.#partialTag + piece;
    const start = text.trimStart();
    this.#heldSpace += text.slice(0, text.length - start.length);
    this.#partialTag = "";

    if (start.startsWith(this.#startTag)) {
      this.#heldSpace = "";
      this.#enter("reasoning", start.slice(this.#startTag.length));
    } else if (this.#startTag.startsWith(start)) {
      this.#partialTag = start;
    } else {
      this.#state = "content";
      this.#content += this.#heldSpace + start;
      this.#heldSpace = "";
    }
  }

  #readReasoning(piece: string): void {
    const text = this.#partialTag + piece;
    const tagAt = text.indexOf(this.#endTag);
    if (tagAt >= 0) {
      this.#partialTag = "";
      this.#appendReasoning(text.slice(0, tagAt));
      this.#heldSpace = "";
      this.#enter("content", text.slice(tagAt + this.#endTag.length));
    } else {
      this.#partialTag = partialTagAtEnd(text, this.#endTag);
      this.#appendReasoning(text.slice(0, text.length - this.#partialTag.length));
    }
  }

  #appendReasoning(text: string): void {
    const start = this.#afterTag ? text.trimStart() : text;
    const body = start.trimEnd();
    if (body !== "") {
      this.#reasoning += this.#heldSpace + body;
      this.#heldSpace = "";
      this.#afterTag = false;
    }
    this.#heldSpace += start.slice(body.length);
  }

  #readContent(piece: string): void {
    const text = this.#afterTag ? piece.trimStart() : piece;
    if (text === "") return;
    this.#afterTag = false;
    this.#content += text;
  }

  #enter(state: ReasoningState, rest: string): void {
    this.#state = state;
    this.#afterTag = true;
    this.#read(rest);
  }
}

/** The longest end of `text` that a following piece could complete to `tag`. */
function partialTagAtEnd(text: string, tag: string): string {
  for (let length = Math.min(tag.length - 1, text.length); length > 0; length--) {
    if (text.endsWith(tag.slice(0, length))) return tag.slice(0, length);
  }
  return "";
}
