/** Loaded before the program (`--import`): steps hang in a system call, as in a driver that answers no more. */
import fs from "node:fs";
import type { Addon } from "#weir/llama/addon.js";

const fifo = process.env["HANG_AT"] ?? "";
const load = process.dlopen;

process.dlopen = (module, filename, flags): void => {
  load.call(process, module, filename, ...(flags === undefined ? [] : [flags]));
  if (!filename.endsWith("weir.node")) return;
  const { exports } = module as { exports: { Context: Addon["Context"] } };
  exports.Context = class extends exports.Context {
    // Opening a pipe that nobody writes to waits for ever, and ending the thread's JavaScript does not end that.
    override step(): never {
      fs.writeSync(process.stderr.fd, "the engine hangs\n");
      fs.openSync(fifo, "r");
      throw new Error("the pipe was opened");
    }
  };
};
