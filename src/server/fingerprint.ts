import { createHash } from "node:crypto";
import type { ModelFacts } from "../registry/served-model.js";

/**
 * OpenAI's `system_fingerprint`: the same seed may bring another answer where it is another. The build, and eight digits of what the
 * file is that answers: a swap changes them, a restart does not.
 */
export function fingerprintOf(
  build: string,
  { fileName, modelBytes, parameters, llamaCppRelease }: ModelFacts,
): string {
  const told = JSON.stringify([fileName, modelBytes, parameters, llamaCppRelease]);
  return `${build}-${createHash("sha256").update(told).digest("hex").slice(0, 8)}`;
}
