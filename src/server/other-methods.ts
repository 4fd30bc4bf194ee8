import type { FastifyInstance } from "fastify";
import { WeirError } from "../errors.js";

/** Calls `addRoutes`, then answers every other method on their paths with 405 and an Allow header. */
export function refuseOtherMethods(app: FastifyInstance, addRoutes: () => void): void {
  const methodsOf = new Map<string, Set<string>>();
  let collecting = true;
  app.addHook("onRoute", ({ url, method }) => {
    if (!collecting) return;
    const methods = methodsOf.get(url) ?? new Set();
    for (const name of [method].flat()) methods.add(name);
    methodsOf.set(url, methods);
  });
  addRoutes();
  collecting = false;
  for (const [url, methods] of methodsOf) refuse(app, url, methods);
}

function refuse(app: FastifyInstance, url: string, allowed: ReadonlySet<string>): void {
  const allow = [...allowed].join(", ");
  app.route({
    url,
    method: app.supportedMethods.filter((method) => !allowed.has(method)),
    // Before the body is read: its type and size are not what is wrong.
    onRequest: async (request, reply) => {
      reply.header("allow", allow);
      const path = request.url.split("?", 1)[0];
      throw new WeirError("method_not_allowed", `${request.method} is not allowed on ${path}: use ${allow}.`);
    },
    handler: () => {},
  });
}
