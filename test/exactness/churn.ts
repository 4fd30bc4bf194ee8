import type { GenerationRequest } from "#weir/engine/generation.js";
import type { EngineStats } from "#weir/engine/stats.js";
import type { Addon, ModelHandle } from "#weir/llama/addon.js";
import { greedy, request } from "../engine/builders.js";
import { contextOptions } from "../native/addon.js";
import { randomNumbers } from "../support/random.js";
import { type TokenAnswer, TokenEngine, tokensOf } from "../support/token-engine.js";

/** What became of requests in a crowd. */
export interface ChurnResult {
  /** In the order of the requests. */
  readonly answers: readonly number[][];
  readonly stats: EngineStats;
}

/** Slots few, batches small, host memory plenty: whatever the engine can do to a request happens to some of them. */
const options = { slots: 10, contextTokens: 256, batchTokens: 48, microBatchTokens: 48, countGraphs: true };

/** After so many requests the engine runs empty once. */
const requestsToIdle = 20;

/** Requests come by chance, one by one or several at once, among others that are cancelled at any moment. */
export function runInChurn(
  addon: Addon,
  model: ModelHandle,
  requests: readonly GenerationRequest[],
): ChurnResult {
  const random = randomNumbers(7);
  const crowd = new TokenEngine(addon, model, contextOptions(options), { cacheRamBytes: 2 ** 28 });
  const answers: TokenAnswer[] = [];
  const cancelled: TokenAnswer[] = [];
  while (answers.length < requests.length) {
    for (let arrivals = random(4); arrivals > 1; arrivals--) {
      const next = requests[answers.length];
      if (next !== undefined) answers.push(crowd.submit(next));
    }
    if (random(3) === 0) cancelled.push(crowd.submit(passerBy(random)));
    if (random(3) === 0) crowd.engine.cancel(cancelled[random(cancelled.length)]?.id ?? 0);
    crowd.engine.step();
    if (answers.length % requestsToIdle === 0) crowd.finish();
  }
  crowd.finish();
  const stats = crowd.engine.stats();
  crowd.close();
  return { answers: answers.map(tokensOf), stats };
}

/** Every request by itself, with nothing to reuse. */
export function runAlone(
  addon: Addon,
  model: ModelHandle,
  requests: readonly GenerationRequest[],
): number[][] {
  const { contextTokens } = options;
  const engine = new TokenEngine(addon, model, contextOptions({ slots: 1, contextTokens }));
  const answers = requests.flatMap((one, index) => engine.run([{ ...one, tenant: `alone ${index}` }]));
  engine.close();
  return answers;
}

/** A request that nobody waits for; of every other one, the prompt's tokens are scored. */
function passerBy(random: (below: number) => number): GenerationRequest {
  const tokens = Array.from({ length: 2 + random(80) }, () => 1000 + random(100_000));
  const scoresPrompt = tokens.length % 2 === 0;
  const sampling = { ...greedy, scoresPrompt, topLogprobs: scoresPrompt ? 1 : -1 };
  return request(tokens, { maxTokens: 1 + random(60), sampling });
}
