import path from "node:path";
import { messageOf, WeirError } from "../errors.js";
import { checkModelFile } from "./model-file.js";

/**
 * The file that an administrator names while the server runs.
 *
 * @throws WeirError `invalid_value`: it is not there, or no GGUF file
 */
export async function locateModel(given: string): Promise<string> {
  const modelPath = path.resolve(given);
  await checkModelFile(modelPath).catch((thrown: unknown) => {
    throw new WeirError("invalid_value", messageOf(thrown), { param: "model", cause: thrown });
  });
  return modelPath;
}
