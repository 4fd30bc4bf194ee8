#!/usr/bin/env node
import tty from "node:tty";

// Under `npm start` a Ctrl-C comes twice: from the terminal, and from npm, which passes it on.
const sameKeyPressMs = 500;

const shutdown = new AbortController();
let askedAtMs = 0;
let askedExitCode = 0;
let limitEnd = (_exitCode: number): void => {};

function askToEnd(exitCode: number): void {
  if (shutdown.signal.aborted) return;
  askedExitCode = exitCode;
  askedAtMs = performance.now();
  shutdown.abort();
}

for (const [signal, exitCode] of [
  ["SIGINT", 130],
  ["SIGTERM", 143],
] as const) {
  process.on(signal, () => {
    if (!shutdown.signal.aborted) askToEnd(exitCode);
    else if (performance.now() - askedAtMs > sameKeyPressMs) endNow(exitCode);
  });
}

const terminals = [0, 1, 2].filter((descriptor) => tty.isatty(descriptor));
const hasTerminals = (): boolean => terminals.every((descriptor) => tty.isatty(descriptor));

// A server's SIGHUP asks for the settings, which it is about to read. The rest comes after this: it takes half a second to load.
if (process.argv.includes("serve")) {
  process.on("SIGHUP", () => {
    if (!hasTerminals()) askToEnd(129);
  });
}

const { codeOf, failureOf, stopTextOf } = await import("./cli/failure.js");
const { outputFailed } = await import("./cli/output.js");
const { runProgram } = await import("./cli/program.js");
({ limitEnd } = await import("./cli/process-end.js"));

// A terminal that was closed, or a pipe: what is written there is lost, and nothing else.
process.stderr.on("error", () => {});
const lost: unknown[] = [];
process.stdout.on("error", (error) => {
  const isNobodyThere = codeOf(error) === "EPIPE" || !hasTerminals();
  if (!isNobodyThere) lost.push(error);
});

/** A full disk is not: what a script reads there must not look whole. A server has said there where it listens, and serves on. */
async function refuseLostOutput(): Promise<void> {
  // The stream tells of it in the next turn.
  await new Promise((resolve) => setImmediate(resolve));
  if (lost.length > 0 && process.argv[2] !== "serve") throw outputFailed(lost[0]);
}

/**
 * Ends the process. Where a terminal was lost it ends by SIGHUP, as programs do: Node.js 20 would restore the terminal's mode,
 * fail at it, and abort with a core dump.
 */
function end(exitCode: number): void {
  if (hasTerminals()) endNow(exitCode);
  process.removeAllListeners("SIGHUP");
  process.kill(process.pid, "SIGHUP");
}

function endNow(exitCode: number): void {
  limitEnd(exitCode);
  process.exit(exitCode);
}

try {
  await runProgram({
    commandLine: process.argv.slice(2),
    environment: process.env,
    shutdown: shutdown.signal,
  });
  await refuseLostOutput();
  end(0);
} catch (error) {
  const stopText = shutdown.signal.aborted ? stopTextOf(error) : null;
  const { exitCode, text } =
    stopText === null ? failureOf(error) : { exitCode: askedExitCode, text: stopText };
  process.stderr.write(`weir: ${text}\n`);
  end(exitCode);
}
