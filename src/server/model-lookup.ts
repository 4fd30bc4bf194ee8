import { quote } from "../api/openai/issue-text.js";
import { unhealthyMessage, WeirError } from "../errors.js";
import type { ModelDirectory, ServedModel } from "../registry/served-model.js";

/** The model that a request names, or the only one where it names none. Whether its engine serves is asked by who needs it. */
export function findModel(models: ModelDirectory, name: string | null | undefined): ServedModel {
  if (models.state === "closing") throw shuttingDown();
  const served = models.list();
  const model = name === null || name === undefined ? onlyOne(served) : models.find(name);
  if (model !== undefined) return model;
  if (models.state !== "unhealthy") requireLoaded(models);
  const ids = served.map(({ id }) => id).join(", ");
  if (name === null || name === undefined) {
    throw new WeirError("invalid_value", `model is required: it must be one of ${ids}.`, { param: "model" });
  }
  throw new WeirError(
    "model_not_found",
    `The model ${quote(name)} does not exist: this server has ${ids || "none"}.`,
    { param: "model" },
  );
}

/** Throws what stands between a caller and an answer: a model that loads, failed to load, or goes away. */
export function requireLoaded({ state, progress }: ModelDirectory): void {
  switch (state) {
    case "ready":
      return;
    case "loading":
      throw new WeirError("model_loading", `The model is loading: ${Math.floor(progress * 100)} %.`);
    case "unhealthy":
      throw modelUnhealthy();
    case "failed":
      throw new WeirError(
        "model_load_failed",
        "The model could not be loaded, or its engine has died: the log says why.",
      );
    case "closing":
      throw shuttingDown();
  }
}

export function modelUnhealthy(): WeirError {
  return new WeirError("model_unhealthy", unhealthyMessage);
}

/** Who comes back to the millisecond must not be too early. */
const marginMs = 100;

/** A model that serves nobody for now, though the server does. Whether it may soon depends on what it has failed of. */
export function modelFailed({ id, instances, failure }: ServedModel): WeirError {
  if (instances.length > 0) return modelUnhealthy();
  if (failure === null || failure.kind === "lasting") {
    const message = `The model ${quote(id)} could not be loaded: the log says why. Asking again is of no use before its file or the settings have changed.`;
    return new WeirError("model_load_failed", message);
  }
  const retryAfterMs = Math.max(0, Math.ceil(failure.untilMs - performance.now())) + marginMs;
  const again = `the log has the details. It is tried again when it is asked for in ${Math.ceil(retryAfterMs / 1_000)} s.`;
  const what = {
    memory: `There is no room for the model ${quote(id)} now`,
    fault: `The model ${quote(id)} could not be loaded`,
    lost: `The model ${quote(id)} is not loaded, a swap could load neither the new file nor the old one again`,
  }[failure.kind];
  return new WeirError("model_unavailable", `${what}: ${again}`, { retryAfterMs });
}

export function shuttingDown(): WeirError {
  return new WeirError("shutting_down", "The server is shutting down.");
}

function onlyOne(models: readonly ServedModel[]): ServedModel | undefined {
  return models.length === 1 ? models[0] : undefined;
}
