/**
 * Loaded before the program (`--import`): once there is a pipe, steps hang in a system call, as in a driver that answers no
 * more.
 */
import fs from "node:fs";
import type { Addon, ContextHandle } from "#weir/llama/addon.js";

const fifo = process.env["HANG_AT"] ?? "";
/** A worker's own stderr goes through the main thread. */
const stderrDescriptor = 2;
const load = process.dlopen;

process.dlopen = (module, filename, flags): void => {
  load.call(process, module, filename, ...(flags === undefined ? [] : [flags]));
  if (!filename.endsWith("weir.node")) return;
  const { exports } = module as { exports: { Context: Addon["Context"] } };
  exports.Context = class extends exports.Context {
    // Opening a pipe that nobody writes to waits for ever, and ending the thread's JavaScript does not end that.
    override step(...given: Parameters<ContextHandle["step"]>): Int32Array {
      if (!fs.existsSync(fifo)) return super.step(...given);
      fs.writeSync(stderrDescriptor, "the engine hangs\n");
      fs.openSync(fifo, "r");
      throw new Error("the pipe was opened");
    }
  };
};
