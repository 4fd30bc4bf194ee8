import { codeOf, errorTable, messageOf } from "../errors.js";

export { codeOf };

/** How the program ends for something that was thrown. */
export interface Failure {
  /** 2: the command line or the configuration is wrong. 1: it is right, and yet it does not work. */
  readonly exitCode: 1 | 2;
  readonly text: string;
}

/** Somebody has asked for the end, and there is more to say than that it came. */
export class Stopped extends Error {
  constructor(message: string) {
    super(message);
    this.name = "AbortError";
  }
}

/** One line, where a command has ended because it was asked to; otherwise null. */
export function stopTextOf(thrown: unknown): string | null {
  if (thrown instanceof Stopped) return thrown.message;
  return thrown instanceof Error && thrown.name === "AbortError" ? "stopped" : null;
}

/** Weir's own errors, the addon's with the same codes too, are one line; anything else is a defect and shows its stack. */
export function failureOf(thrown: unknown): Failure {
  const code = codeOf(thrown);
  if (code !== null && Object.hasOwn(errorTable, code)) {
    // llama.cpp's own words, which some messages end with, come in several lines.
    const text = messageOf(thrown).replace(/\s*\n\s*/g, "; ");
    return { exitCode: code === "invalid_argument" ? 2 : 1, text };
  }
  return { exitCode: 1, text: thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown) };
}
