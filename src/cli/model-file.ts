import { echoModelPath } from "../config/load-options.js";
import { WeirError } from "../errors.js";
import { checkGguf } from "../gguf/check-gguf.js";

/** @throws WeirError `model_load_failed`, naming the path that was tried, what is wrong with the file and what to do */
export async function checkModelFile(modelPath: string): Promise<void> {
  try {
    await checkGguf(modelPath);
  } catch (error) {
    if (modelPath !== echoModelPath || !(error instanceof WeirError)) throw error;
    const remedy = "`npm start` or `npm run build` makes the echo model";
    throw new WeirError("model_load_failed", `${error.message}; ${remedy}`, { cause: error });
  }
}
