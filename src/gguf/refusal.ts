import { WeirError } from "../errors.js";

/**
 * What is said of a file that can't be a model.
 *
 * @param problem what is wrong, and where: a key, a tensor, a byte
 */
export function ggufRefusal(path: string, problem: string): WeirError {
  const remedy =
    "the file is damaged or incomplete: fetch it again, or compare its checksum with its source's";
  return new WeirError("model_load_failed", `${path}: ${problem}; ${remedy}`);
}
