import { chatContextTokens, chatLimits, closedLoop } from "./chat-load.js";
import { answerRate, itl, ttft } from "./headlines.js";
import { bothWith, oneThread, type Scenario, weirToLlamaServer } from "./scenario.js";

const single = oneThread(1, chatContextTokens);

export const oneUser: Scenario = {
  name: "one-user",
  description: "1 user on 1 slot, 40 requests of the closed loop's lengths",
  rigs: ["tiny", "small"],
  contenders: [...bothWith(1, chatContextTokens), single],
  compared: [...weirToLlamaServer, single.label],
  limits: chatLimits,
  headlines: [answerRate({ tiny: 1, small: 1 }), ttft("p50"), itl("p50"), itl("p99")],
  job: closedLoop(1, 40),
};
