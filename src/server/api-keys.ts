import type { FastifyInstance, FastifyRequest } from "fastify";
import { type ApiKey, anybody } from "../keys/api-key.js";
import type { KeyRing } from "../keys/key-ring.js";

declare module "fastify" {
  interface FastifyRequest {
    /** Whose key it came with; prompts are shared within a key only. */
    caller: ApiKey;
    /**
     * Whose key it is now: keys are revoked while requests wait.
     *
     * @throws WeirError `invalid_api_key`
     */
    identify(): ApiKey;
  }
}

/** Lets nobody in without a key, except to these paths; and says whose key it is. */
export function requireApiKey(app: FastifyInstance, keys: KeyRing, publicPaths: readonly string[]): void {
  app.decorateRequest("caller");
  app.decorateRequest("identify", function identify(this: FastifyRequest): ApiKey {
    const isPublic = publicPaths.includes(this.routeOptions.url ?? "");
    return isPublic ? anybody : keys.identify(bearerToken(this.headers.authorization), Date.now());
  });
  app.addHook("onRequest", async (request) => {
    request.caller = request.identify();
  });
}

function bearerToken(authorization = ""): string {
  return /^bearer +(.+)$/i.exec(authorization.trim())?.[1] ?? "";
}
