import type { GenerationRequest, GenerationSink } from "#weir/engine/generation.js";

/** What the users saw. */
export interface LoopTimes {
  /** From the first request to the end of the last answer. */
  readonly wallMs: number;
  readonly answerTokens: number;
  /** Time to first token: from the request to the first text, one entry a request. */
  readonly ttftMs: readonly number[];
  /** Gaps between two texts of an answer. */
  readonly itlMs: readonly number[];
}

export type Generate = (request: GenerationRequest, sink: GenerationSink) => void;

/**
 * Sends all requests, `users` at a time: each user sends the next one as soon as the last one has finished.
 *
 * @throws where an answer fails or is not exactly as long as asked for
 */
export async function runClosedLoop(
  generate: Generate,
  requests: readonly GenerationRequest[],
  users: number,
): Promise<LoopTimes> {
  const ttftMs: number[] = [];
  const itlMs: number[] = [];
  const queue = requests.values();
  let answerTokens = 0;

  const send = (request: GenerationRequest): Promise<void> =>
    new Promise((resolve, reject) => {
      const sentMs = performance.now();
      let lastMs: number | null = null;
      generate(request, {
        onText: () => {
          const nowMs = performance.now();
          if (lastMs === null) ttftMs.push(nowMs - sentMs);
          else itlMs.push(nowMs - lastMs);
          lastMs = nowMs;
        },
        onFinish: ({ finishReason, errorMessage, completionTokens }) => {
          answerTokens += completionTokens;
          if (finishReason === "length" && completionTokens === request.maxTokens) resolve();
          else reject(new Error(`an answer ended with ${finishReason}: ${errorMessage ?? "too short"}`));
        },
      });
    });

  // The users share one iterator: what one takes, no other gets.
  const user = async (): Promise<void> => {
    for (const request of queue) await send(request);
  };
  const startedMs = performance.now();
  await Promise.all(Array.from({ length: users }, user));
  return { wallMs: performance.now() - startedMs, answerTokens, ttftMs, itlMs };
}
