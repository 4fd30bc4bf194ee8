import type { AnswerIdentity } from "./answer.js";

/** The fields that every response and every chunk begins with. */
export function identityFields<ObjectName extends string>(object: ObjectName, identity: AnswerIdentity) {
  return {
    id: identity.id,
    object,
    created: identity.createdSeconds,
    model: identity.model,
    system_fingerprint: identity.fingerprint,
  };
}
