import type { FastifyInstance } from "fastify";
import { type ApiKey, anybody } from "../keys/api-key.js";
import type { KeyRing } from "../keys/key-ring.js";

declare module "fastify" {
  interface FastifyRequest {
    /** Whose key it came with; prompts are shared within a key only. */
    caller: ApiKey;
  }
}

/** Lets nobody in without a key, except to these paths; and says whose key it is. */
export function requireApiKey(app: FastifyInstance, keys: KeyRing, publicPaths: readonly string[]): void {
  app.decorateRequest("caller");
  app.addHook("onRequest", async (request) => {
    const isPublic = publicPaths.includes(request.routeOptions.url ?? "");
    request.caller = isPublic
      ? anybody
      : keys.identify(bearerToken(request.headers.authorization), Date.now());
  });
}

function bearerToken(authorization = ""): string {
  return /^bearer +(.+)$/i.exec(authorization.trim())?.[1] ?? "";
}
