import { chatContextTokens, chatLimits, closedLoop } from "./chat-load.js";
import { answerRate, itl, ttft } from "./headlines.js";
import { alone, type Headline, type Scenario } from "./scenario.js";

const slots = 60;

type Counter = (name: string) => number;

/** A number of the engine's counters. */
function counter(
  title: string,
  digits: number,
  better: "more" | "less",
  of: (name: Counter) => number,
): Headline {
  return { title, digits, better, of: ({ counters }) => of((name) => counters[name] ?? Number.NaN) };
}

/**
 * What each layer costs: the closed loop over HTTP, in the process without HTTP, through node-llama-cpp's own loop, and at
 * the rates of the bare engine's full passes.
 */
export const layers: Scenario = {
  name: "layers",
  description:
    "The closed loop without a server: Weir's engine, node-llama-cpp's loop, the limit of full passes",
  rigs: ["tiny", "small"],
  contenders: (["weir-in-process", "bare-loop", "node-llama-cpp", "weir-counting"] as const).map((peer) =>
    alone(peer, slots, chatContextTokens),
  ),
  compared: ["weir-in-process", "bare-loop"],
  limits: chatLimits,
  headlines: [
    answerRate(),
    ttft("p50"),
    ttft("p95"),
    itl("p50"),
    // 0 where they are not counted
    counter(
      "graph evaluations per decode step",
      3,
      "less",
      (of) => (of("decodeGraphs") || Number.NaN) / of("decodeSteps"),
    ),
    counter("answers in a decode pass, mean", 1, "more", (of) => of("decodeRows") / of("decodeSteps")),
    counter(
      "the engine's own work, % of a step",
      1,
      "less",
      (of) => (1 - of("backendMs") / of("busyMs")) * 100,
    ),
    counter("bare prefill, tok/s", 0, "more", (of) => of("prefillTokensPerSecond")),
    counter("bare decode of 60 rows, ms", 1, "less", (of) => of("decodeMs")),
    counter("… without outputs, ms", 1, "less", (of) => of("decodeWithoutOutputsMs")),
  ],
  job: closedLoop(slots, 180),
};
