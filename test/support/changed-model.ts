import type { ServedModel } from "#weir/registry/served-model.js";

/** A model as it is now, but for what is given. */
export function changedModel(model: ServedModel, changes: Partial<ServedModel>): ServedModel {
  const { id, kind, state, failure, progress, facts, instances } = model;
  const { loaded, past, leases, hasReplicas, swapProgress } = model;
  return {
    ...{ id, kind, state, failure, progress, facts, instances },
    ...{ loaded, past, leases, hasReplicas, swapProgress },
    want: () => model.want(),
    addWaiters: (count) => model.addWaiters(count),
    lease: (marks) => model.lease(marks),
    swap: (order, onProgress) => model.swap(order, onProgress),
    describe: () => model.describe(),
    onChange: (listener) => model.onChange(listener),
    ...changes,
  };
}
