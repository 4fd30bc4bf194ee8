import { workloadSampling } from "../sampling.js";
import type { LoadRequest } from "./load-job.js";

export function requestPath({ kind }: LoadRequest): string {
  return kind === "text" ? "/v1/completions" : "/v1/chat/completions";
}

/** A body that Weir and llama-server read alike. */
export function requestBody(request: LoadRequest): string {
  return JSON.stringify({
    ...(request.kind === "text" ? { prompt: request.prompt } : { messages: request.messages }),
    max_tokens: request.maxTokens,
    seed: request.seed,
    stream: true,
    stream_options: { include_usage: true },
    ignore_eos: request.kind === "text" || !request.mayEnd,
    temperature: workloadSampling.temperature,
    top_k: workloadSampling.topK,
    top_p: workloadSampling.topP,
    min_p: workloadSampling.minP,
  });
}
