import { chatContextTokens, chatLimits, closedLoop } from "./chat-load.js";
import { answerRate, itl, ttft } from "./headlines.js";
import { bothWith, type Scenario, unified, weirToLlamaServer } from "./scenario.js";

const unifiedCache = unified(60, chatContextTokens);

/** Most slots are idle, and those that work leave holes between them. */
export const fewOnMany: Scenario = {
  name: "few-on-many",
  description: "20 users on 60 slots, 80 requests of the closed loop's lengths; llama-server on 20 slots too",
  rigs: ["tiny", "small"],
  contenders: [
    ...bothWith(60, chatContextTokens),
    unifiedCache,
    { peer: "llama-server", label: "llama-server, 20 slots", slots: 20, contextTokens: chatContextTokens },
  ],
  compared: [...weirToLlamaServer, unifiedCache.label],
  limits: chatLimits,
  headlines: [answerRate({ small: 2.2 }), ttft("p50"), ttft("p95"), itl("p50"), itl("p99")],
  job: closedLoop(20, 80),
};
