import { messageOf, WeirError } from "../errors.js";

/**
 * Writes to stdout what nobody can ask for again.
 *
 * @throws WeirError `output_failed`, where nobody can have read it
 */
export function printed(text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.write(text, (error) => (error ? reject(outputFailed(error)) : resolve()));
  });
}

export function outputFailed(error: unknown): WeirError {
  return new WeirError("output_failed", `stdout can't be written: ${messageOf(error)}`, { cause: error });
}
