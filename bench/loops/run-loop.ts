import { ChildProcess } from "../child-process.js";
import type { LoopOrder, LoopReply } from "./loop-order.js";

/** Runs one loop in a process of its own. */
export async function runLoop(order: LoopOrder): Promise<Extract<LoopReply, { type: "done" }>> {
  const child = ChildProcess.fork<LoopOrder, LoopReply>(new URL("./loop-process.js", import.meta.url));
  try {
    const reply = await child.ask(order);
    if (reply.type === "failed") throw new Error(`${order.loop} failed: ${reply.message}`);
    return reply;
  } finally {
    await child.close();
  }
}
