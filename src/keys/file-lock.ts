import { open, rm, stat } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { WeirError } from "../errors.js";

const pollMs = 20;
const mostPolls = 250;
/** Whoever holds one has died: a change takes some ms. */
const staleMs = 30_000;

/**
 * Does something while no other process that asks for the same lock does: a file `<path>.lock` that only one can make.
 *
 * @throws WeirError `invalid_argument` where another one holds it for 5 s; what `change` throws
 */
export async function withFileLock<Result>(path: string, change: () => Promise<Result>): Promise<Result> {
  const lock = `${path}.lock`;
  await take(lock);
  try {
    return await change();
  } finally {
    await rm(lock, { force: true });
  }
}

async function take(lock: string): Promise<void> {
  for (let poll = 0; poll < mostPolls; poll++) {
    try {
      await (await open(lock, "wx", 0o600)).close();
      return;
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) {
        const reason = error instanceof Error ? error.message : String(error);
        throw new WeirError("invalid_argument", `${lock}: can't be made: ${reason}`, { cause: error });
      }
    }
    const made = await stat(lock).catch(() => null);
    if (made !== null && Date.now() - made.mtimeMs > staleMs) await rm(lock, { force: true });
    else await sleep(pollMs);
  }
  throw new WeirError(
    "invalid_argument",
    `${lock} is there: another weir keys changes the file. Try again, or remove it where none runs.`,
  );
}
