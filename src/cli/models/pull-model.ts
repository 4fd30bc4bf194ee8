import { codeOf, messageOf, WeirError } from "../../errors.js";
import type { HubOptions } from "../../library/hub-request.js";
import type { ModelLibrary } from "../../library/model-library.js";
import type { PulledModel } from "../../library/pull.js";
import { Stopped } from "../failure.js";
import { PullDisplay } from "./pull-display.js";

/**
 * Pulls a model with its progress on stderr.
 *
 * @throws WeirError `pull_failed`, `invalid_argument`; Stopped after a Ctrl-C
 */
export async function pullWithDisplay(
  library: ModelLibrary,
  reference: string,
  hub: HubOptions,
): Promise<PulledModel> {
  const display = new PullDisplay(process.stderr);
  try {
    return await library.pull(reference, hub, display);
  } catch (error) {
    if (hub.signal.aborted) throw new Stopped(`${reference}: stopped; the same command goes on from there`);
    // The folder may not be written, or the disk is full.
    if (!(error instanceof WeirError) && codeOf(error) !== null)
      throw new WeirError("pull_failed", `${reference}: ${messageOf(error)}`, { cause: error });
    throw error;
  } finally {
    display.clear();
  }
}
