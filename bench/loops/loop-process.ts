/** A closed loop without a server, in a process of its own. Answers one order, then ends. */
import { runBareLoop } from "./bare-loop.js";
import type { LoopOrder, LoopReply } from "./loop-order.js";
import type { LoopResult } from "./loop-result.js";
import { runNodeLlamaCppLoop } from "./node-llama-cpp-loop.js";
import { runReplay } from "./replay-loop.js";
import { runWeirLoop } from "./weir-loop.js";

const reply = (message: LoopReply): void => void process.send?.(message);

process.on("message", (order: LoopOrder) => {
  runLoop(order).then(
    (result) => {
      const { user, system } = process.cpuUsage();
      reply({ type: "done", result, cpuMs: (user + system) / 1000, rssBytes: process.memoryUsage.rss() });
    },
    (thrown: unknown) => reply({ type: "failed", message: String(thrown) }),
  );
});
process.on("disconnect", () => process.exit(1)); // the runner has died

async function runLoop({ loop, options, job, planLog }: LoopOrder): Promise<LoopResult> {
  switch (loop) {
    case "weir-in-process":
      return await runWeirLoop(options, job);
    case "node-llama-cpp":
      return await runNodeLlamaCppLoop(options, job);
    case "bare-loop":
      return await runBareLoop(options, job);
    case "replay":
    case "replay-unsampled":
      if (planLog === null) throw new Error("there is no plan log: Weir was not measured before its replay");
      return await runReplay(options, job, planLog, loop === "replay");
  }
}
