#!/usr/bin/env node
import { failureOf } from "./cli/failure.js";
import { runProgram } from "./cli/program.js";

// Under `npm start` a Ctrl-C comes twice: from the terminal, and from npm, which passes it on.
const sameKeyPressMs = 500;

const shutdown = new AbortController();
let askedAtMs = 0;

for (const [signal, exitCode] of [
  ["SIGINT", 130],
  ["SIGTERM", 143],
] as const) {
  process.on(signal, () => {
    if (!shutdown.signal.aborted) {
      askedAtMs = performance.now();
      shutdown.abort();
    } else if (performance.now() - askedAtMs > sameKeyPressMs) {
      process.exit(exitCode);
    }
  });
}

try {
  await runProgram({
    commandLine: process.argv.slice(2),
    environment: process.env,
    shutdown: shutdown.signal,
  });
  process.exit(0);
} catch (error) {
  const { exitCode, text } = failureOf(error);
  process.stderr.write(`weir: ${text}\n`);
  process.exit(exitCode);
}
