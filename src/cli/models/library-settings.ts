import type { Config } from "../../config/schema.js";
import type { HubOptions } from "../../library/hub-request.js";

/** Where environment variables are named that Hugging Face's own tools know. */
export type HubEnvironment = Readonly<Record<string, string | undefined>>;

const publicEndpoint = "https://huggingface.co";

/** Between two tries at something that failed, at first. */
const retryDelayMs = 1000;

/** Where models are pulled from, and how. The token is nowhere but in the environment, so that no file and no `ps` shows it. */
export function toHubOptions(config: Config, environment: HubEnvironment, signal: AbortSignal): HubOptions {
  const endpoint = config.hfEndpoint ?? (environment["HF_ENDPOINT"] || publicEndpoint);
  return {
    endpoint: endpoint.replace(/\/+$/, ""),
    token: environment["HF_TOKEN"]?.trim() || null,
    timeoutMs: config.pullTimeout,
    retryDelayMs,
    signal,
  };
}
