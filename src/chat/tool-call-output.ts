/** A piece of a call. */
export interface ToolCallDelta {
  /** Counts an answer's calls from 0. */
  readonly index: number;
  /** In a call's first delta only. */
  readonly name?: string;
  /** The next piece of the arguments' JSON text. */
  readonly arguments: string;
}

/** What a piece of an answer brought. */
export interface ToolCallReading {
  readonly content: string;
  /** At most one a call. */
  readonly toolCalls: readonly ToolCallDelta[];
}

const nothing: ToolCallReading = { content: "", toolCalls: [] };

/** Gathers what a piece of an answer brings. */
export class ToolCallOutput {
  /** White space that the answer began with: it goes with the first text, and is dropped before a call. */
  #firstSpace = "";
  #content = "";
  #toolCalls: ToolCallDelta[] = [];
  #callCount = 0;

  addSpace(text: string): void {
    if (this.#callCount === 0) this.#firstSpace += text;
  }

  addContent(text: string): void {
    if (text === "") return;
    this.#content += this.#firstSpace + text;
    this.#firstSpace = "";
  }

  beginCall(name: string, argumentsText: string): void {
    this.#firstSpace = "";
    this.#toolCalls.push({ index: this.#callCount++, name, arguments: argumentsText });
  }

  /** More of the last call's arguments. */
  addArguments(text: string): void {
    const index = this.#callCount - 1;
    const last = this.#toolCalls.pop() ?? { index, arguments: "" };
    this.#toolCalls.push({ ...last, arguments: last.arguments + text });
  }

  take(): ToolCallReading {
    if (this.#content === "" && this.#toolCalls.length === 0) return nothing;
    const reading = { content: this.#content, toolCalls: this.#toolCalls };
    this.#content = "";
    this.#toolCalls = [];
    return reading;
  }

  /** White space that nothing came after. */
  takeFirstSpace(): string {
    const space = this.#firstSpace;
    this.#firstSpace = "";
    return space;
  }
}
