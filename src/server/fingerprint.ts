import { createHash } from "node:crypto";
import type { ServedInstance } from "../registry/served-model.js";

/**
 * OpenAI's `system_fingerprint`: the same seed may bring another answer where it is another. The build, and eight digits of what is in
 * the file that answers: a swap to another file changes them; a restart, or a copy of the file elsewhere, does not.
 */
export function fingerprintOf(
  build: string,
  { fileDigest, llamaCppRelease }: Pick<ServedInstance, "fileDigest" | "llamaCppRelease">,
): string {
  const told = JSON.stringify([fileDigest, llamaCppRelease]);
  return `${build}-${createHash("sha256").update(told).digest("hex").slice(0, 8)}`;
}
