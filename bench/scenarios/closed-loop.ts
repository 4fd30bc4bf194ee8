import { chatContextTokens, chatLimits, closedLoop } from "./chat-load.js";
import { answerRate, itl, ttft } from "./headlines.js";
import { alone, bothWith, type Scenario, weirToLlamaServer } from "./scenario.js";

export const sixtyUsers: Scenario = {
  name: "closed-loop",
  description: "60 users on 60 slots, 180 requests, prompts of 30-250 and answers of 16-96 tokens",
  rigs: ["tiny", "small"],
  contenders: [...bothWith(60, chatContextTokens), alone("weir-ggml", 60, chatContextTokens)],
  compared: weirToLlamaServer,
  limits: chatLimits,
  headlines: [answerRate({ tiny: 1.8, small: 1.65 }), ttft("p50"), ttft("p95"), itl("p50"), itl("p99")],
  job: closedLoop(60, 180),
};
