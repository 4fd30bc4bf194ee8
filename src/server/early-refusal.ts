import type { onRequestAsyncHookHandler } from "fastify";
import type { ServerContext } from "./app-options.js";
import type { LaneName } from "./model-gates.js";

/**
 * Sends a request away before its body is read, where no request of this key could wait now: at ten times the load that the
 * server can take, reading what is refused would cost the answers their cores. With several models it is the body that names
 * the one that is asked.
 */
export function refuseEarly({ models, admission }: ServerContext, lane: LaneName): onRequestAsyncHookHandler {
  return async (request, reply) => {
    const [model, ...others] = models.list();
    if (model === undefined || others.length > 0) return;
    request.trail.model = model.id;
    admission.refuseIfFull(request, reply, model, lane);
  };
}
