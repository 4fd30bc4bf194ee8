import path from "node:path";
import { WeirError } from "../../errors.js";
import { localModels } from "../../library/local-models.js";
import type { ModelLibrary } from "../../library/model-library.js";
import { type VerifiedFile, verifyModel } from "../../library/verification.js";
import { PullDisplay } from "./pull-display.js";

/**
 * Compares files with what was recorded when they were pulled, and says of each what it is.
 *
 * @param names none: all models of the folder
 * @throws WeirError `model_damaged` where one is not as it was; what locating one throws
 */
export async function verifyModels(
  library: ModelLibrary,
  names: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const models =
    names.length === 0 ? localModels(library.modelsDir) : names.map((name) => library.locate(name).path);
  if (models.length === 0) process.stdout.write(`nothing is pulled: ${library.modelsDir} has no models\n`);
  const wrong: VerifiedFile[] = [];
  for (const model of models) {
    const display = new PullDisplay(process.stderr);
    display.onFile(path.basename(model), 0, 1);
    const onProgress = (_: string, bytes: number, total: number): void =>
      display.onBytes("checking", bytes, total);
    const verified = await verifyModel(model, onProgress, signal).finally(() => display.clear());
    for (const one of verified) {
      process.stdout.write(
        `${one.verdict.padEnd(10)}  ${one.file}${one.reason === "" ? "" : `: ${one.reason}`}\n`,
      );
      if (one.verdict === "damaged" || one.verdict === "missing") wrong.push(one);
    }
  }
  const [first, ...others] = wrong;
  if (first === undefined) return;
  const more = others.length === 0 ? "" : ` (and ${others.length} more)`;
  throw new WeirError(
    "model_damaged",
    `${first.file}: ${first.reason}${more}; remove it with weir models rm, and pull it again`,
  );
}
