import { chatContextTokens, chatLimits, closedLoop } from "./chat-load.js";
import { answerRate } from "./headlines.js";
import { alone, type Scenario } from "./scenario.js";

const slots = 60;

/** What everything around llama.cpp costs: the same plans without a scheduler, a message or a socket. */
export const replay: Scenario = {
  name: "replay",
  description:
    "60 users over HTTP, then the very plans that Weir ran for them on a bare context in one thread",
  rigs: ["tiny", "small"],
  // In this order: Weir writes the plans that the replays of the round run.
  contenders: (["weir-logged", "replay", "replay-unsampled"] as const).map((peer) =>
    alone(peer, slots, chatContextTokens),
  ),
  compared: ["weir-logged", "replay"],
  limits: chatLimits,
  headlines: [answerRate({ tiny: 0.9, small: 0.9 })],
  job: closedLoop(slots, 180),
};
