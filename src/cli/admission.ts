import type { Config } from "../config/schema.js";
import { promptThreads } from "../prompt/prompt-threads.js";
import type { AdmissionOptions } from "../server/admission-options.js";

/** The part of the configuration that says who waits, in the gate's words. */
export function toAdmissionOptions({ queueSize, queueTokens, queueTimeout }: Config): AdmissionOptions {
  // One thread is always left to the prompts.
  const textPlaces = Math.max(1, promptThreads() - 1);
  return { queueSize, queueTokens, queueTimeoutMs: queueTimeout, textPlaces };
}
