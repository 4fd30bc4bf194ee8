import { spawnSync } from "node:child_process";
import path from "node:path";
import { fileURLToPath } from "node:url";

/** The project's folder. */
export const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

/** A step that can't be done. The message says what was tried and what to do. */
export class StepFailure extends Error {}

/**
 * Runs one step and prints what came of it, with its time.
 *
 * @param {string} name
 * @param {(progress: (line: string) => void) => string | Promise<string>} work returns its outcome in a few words
 */
export async function step(name, work) {
  const startedMs = performance.now();
  const outcome = await work((line) => console.log(`[${name}] ${line} …`));
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(2);
  console.log(`[${name}] ${outcome} (${seconds} s)`);
}

/** Runs a program in the project's folder; its output is shown only if it fails. */
export function runProgram(program, flags, remedy) {
  const result = spawnSync(program, flags, { cwd: root, encoding: "utf8", maxBuffer: 2 ** 28 });
  if (result.status === 0) return;
  const ended =
    result.error?.message ?? (result.signal ? `ended by ${result.signal}` : `exit code ${result.status}`);
  process.stderr.write(`${result.stdout ?? ""}${result.stderr ?? ""}`);
  const commandLine = [path.basename(program), ...flags].join(" ");
  throw new StepFailure(`\`${commandLine}\` failed in ${root}: ${ended}; ${remedy}`);
}
