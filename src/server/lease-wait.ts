import type { Clock } from "../gate/clock.js";
import type { Pass } from "../gate/pass.js";
import type { PrefixMarks } from "../registry/prefix-marks.js";
import type { Lease, ServedInstance, ServedModel } from "../registry/served-model.js";
import { modelFailed } from "./model-lookup.js";

/**
 * The lease of a request that has a place. Between its being let in and this the instance may have gone, in which case it waits for
 * the next one, in what is left of its time. Null where the client has left meanwhile; the pass is given back then, and where
 * this throws.
 *
 * @throws WeirError `queue_timeout`, `model_unhealthy`, `model_load_failed`
 */
export async function leaseFor<Instance extends ServedInstance>(
  pass: Pass,
  model: ServedModel<Instance>,
  departure: AbortSignal,
  clock: Clock,
  marks: PrefixMarks = [],
): Promise<Lease<Instance> | null> {
  const lease = model.lease(marks);
  if (lease !== null) return lease;
  try {
    const later = await leaseLater(pass, model, departure, clock, marks);
    if (later === null) pass.leave();
    return later;
  } catch (thrown) {
    pass.leave();
    throw thrown;
  }
}

function leaseLater<Instance extends ServedInstance>(
  pass: Pass,
  model: ServedModel<Instance>,
  departure: AbortSignal,
  clock: Clock,
  marks: PrefixMarks,
): Promise<Lease<Instance> | null> {
  return new Promise((resolve, reject) => {
    const settle = (end: () => void): void => {
      stopTimer();
      stopListening();
      departure.removeEventListener("abort", leave);
      end();
    };
    const leave = (): void => settle(() => resolve(null));
    const stopTimer = clock.after(pass.remainingMs, () => settle(() => reject(pass.timedOut())));
    const stopListening = model.onChange(() => {
      const lease = model.lease(marks);
      if (lease !== null) settle(() => resolve(lease));
      else if (model.state === "failed") settle(() => reject(modelFailed(model)));
    });
    if (departure.aborted) leave();
    else departure.addEventListener("abort", leave, { once: true });
  });
}
