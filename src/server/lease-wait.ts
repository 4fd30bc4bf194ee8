import type { Clock } from "../gate/clock.js";
import type { Pass } from "../gate/pass.js";
import type { PrefixMarks } from "../registry/prefix-marks.js";
import type { Lease, ServedInstance, ServedModel } from "../registry/served-model.js";
import { modelFailed, shuttingDown } from "./model-lookup.js";

/** Who waits for an instance, and what ends it. */
export interface LeaseWish {
  readonly pass: Pass;
  /** Aborts when the client leaves. */
  readonly departure: AbortSignal;
  /** Aborts when the server goes away. */
  readonly closing: AbortSignal;
  readonly clock: Clock;
  /** Of the request, where there is more than one instance to choose from. */
  readonly marks: () => PrefixMarks;
}

/**
 * The lease of a request that has a place. Between its being let in and this the instance may have gone, in which case it waits for
 * the next one, in what is left of its time. Null where the client has left meanwhile; the pass is given back then, and where
 * this throws.
 *
 * @throws WeirError `queue_timeout`, `model_unhealthy`, `model_load_failed`, `model_unavailable`, `shutting_down`
 */
export async function leaseFor<Instance extends ServedInstance>(
  model: ServedModel<Instance>,
  wish: LeaseWish,
): Promise<Lease<Instance> | null> {
  try {
    const marks = model.hasReplicas ? wish.marks() : [];
    const lease = model.lease(marks) ?? (await leaseLater(model, wish, marks));
    if (lease === null) wish.pass.leave();
    return lease;
  } catch (thrown) {
    wish.pass.leave();
    throw thrown;
  }
}

function leaseLater<Instance extends ServedInstance>(
  model: ServedModel<Instance>,
  { pass, departure, closing, clock }: LeaseWish,
  marks: PrefixMarks,
): Promise<Lease<Instance> | null> {
  return new Promise((resolve, reject) => {
    const settle = (end: () => void): void => {
      stopTimer();
      stopListening();
      stopWaiting();
      departure.removeEventListener("abort", leave);
      closing.removeEventListener("abort", close);
      end();
    };
    const leave = (): void => settle(() => resolve(null));
    const close = (): void => settle(() => reject(shuttingDown()));
    const stopTimer = clock.after(pass.remainingMs, () => settle(() => reject(pass.timedOut())));
    const stopListening = model.onChange(() => {
      const lease = model.lease(marks);
      if (lease !== null) settle(() => resolve(lease));
      else if (model.state === "failed") settle(() => reject(modelFailed(model)));
      else if (model.state === "unloaded") model.want();
    });
    const stopWaiting = model.addWaiters(() => 1);
    if (departure.aborted) return leave();
    if (closing.aborted) return close();
    if (model.state === "failed") return settle(() => reject(modelFailed(model)));
    departure.addEventListener("abort", leave, { once: true });
    closing.addEventListener("abort", close, { once: true });
    // It may have gone to make room for another.
    model.want();
  });
}
