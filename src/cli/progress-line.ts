import type { WriteStream } from "node:tty";

const clearLine = "\u001b[K";

/**
 * A percentage on a terminal's current line, and nothing where the stream is no terminal. The cursor goes back to the
 * line's start after each write, so that a log line in between overwrites it.
 */
export class ProgressLine {
  readonly #stream: WriteStream;
  readonly #label: string;
  #shown = "";

  constructor(stream: WriteStream, label: string) {
    this.#stream = stream;
    this.#label = label;
  }

  /** `fraction` is 0 … 1. */
  show(fraction: number): void {
    this.tell(`${Math.floor(fraction * 100)} %`);
  }

  /** In place of a percentage. */
  tell(words: string): void {
    const text = `${this.#label} ${words}`;
    if (!this.#stream.isTTY || text === this.#shown) return;
    this.#shown = text;
    this.#stream.write(`${text}${clearLine}\r`);
  }

  clear(): void {
    if (this.#shown !== "") this.#stream.write(clearLine);
    this.#shown = "";
  }
}
