import { chatContextTokens, chatLimits, closedLoop } from "./chat-load.js";
import { answerRate, itl, ttft } from "./headlines.js";
import { bothWith, oneThread, type Scenario, weirToLlamaServer } from "./scenario.js";

const single = oneThread(8, chatContextTokens);

export const eightUsers: Scenario = {
  name: "eight-users",
  description: "8 users on 8 slots, 48 requests of the closed loop's lengths",
  rigs: ["tiny", "small"],
  contenders: [...bothWith(8, chatContextTokens), single],
  compared: [...weirToLlamaServer, single.label],
  limits: chatLimits,
  headlines: [answerRate({ tiny: 1.2, small: 1.2 }), ttft("p50"), ttft("p95"), itl("p50"), itl("p99")],
  job: closedLoop(8, 48),
};
