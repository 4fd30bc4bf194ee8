import tty from "node:tty";

/** process.stdin would open the terminal for reading. */
const stdinDescriptor = 0;

/**
 * Calls `reload` at each SIGHUP. One that comes since the terminal is gone ends the program like SIGTERM: a server that
 * nobody can see must not keep its port and its memory.
 *
 * @returns a function that ends this
 */
export function onHangup(reload: () => void): () => void {
  const hadTerminal = tty.isatty(stdinDescriptor);
  const listener = (): void => {
    // A terminal that was hung up is none any more.
    if (hadTerminal && !tty.isatty(stdinDescriptor)) process.kill(process.pid, "SIGTERM");
    else reload();
  };
  process.on("SIGHUP", listener);
  return () => process.off("SIGHUP", listener);
}
