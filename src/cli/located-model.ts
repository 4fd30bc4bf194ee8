import { messageOf, WeirError } from "../errors.js";
import { ModelLibrary } from "../library/model-library.js";
import type { LoadChanges } from "../registry/swap-order.js";
import { checkModelFile } from "./model-file.js";
import { located } from "./model-location.js";

/**
 * Finds what an administrator names while the server runs, as `--model` would: a path of this machine, or a reference to what was
 * pulled. Rejects with WeirError `invalid_value`: it is not there, or no GGUF file.
 *
 * @param modelsDir of the settings
 */
export function modelLocator(modelsDir: string | null): (given: string) => Promise<LoadChanges> {
  return async (given) => {
    try {
      const found = located(new ModelLibrary(modelsDir).locate(given));
      await checkModelFile(found.modelPath);
      return found;
    } catch (thrown) {
      throw new WeirError("invalid_value", messageOf(thrown), { param: "model", cause: thrown });
    }
  };
}
