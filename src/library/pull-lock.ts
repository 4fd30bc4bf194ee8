import { mkdir, open, readFile, rm, stat, utimes } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { codeOf } from "../errors.js";

const beatMs = 5_000;
/** Who has not touched its lock for this long is gone, on whatever machine it was. */
const staleMs = 60_000;
const pollMs = 500;

/**
 * Does something while no other process that asks for the same lock does. Waits for whoever holds it, and takes it from one that is gone.
 *
 * @param lock a file that is there as long as somebody has it
 * @param onWait once, with who holds it
 * @throws what `work` throws; the signal's reason
 */
export async function withPullLock<Result>(
  lock: string,
  signal: AbortSignal,
  onWait: (holder: string) => void,
  work: () => Promise<Result>,
): Promise<Result> {
  await mkdir(path.dirname(lock), { recursive: true });
  await take(lock, signal, onWait);
  const beat = setInterval(() => {
    const now = new Date();
    utimes(lock, now, now).catch(() => {});
  }, beatMs);
  try {
    return await work();
  } finally {
    clearInterval(beat);
    await rm(lock, { force: true });
  }
}

async function take(lock: string, signal: AbortSignal, onWait: (holder: string) => void): Promise<void> {
  let isTold = false;
  for (;;) {
    signal.throwIfAborted();
    try {
      const file = await open(lock, "wx");
      await file.writeFile(`${process.pid} ${os.hostname()}`).finally(() => file.close());
      return;
    } catch (error) {
      if (codeOf(error) !== "EEXIST") throw error;
    }
    if (await isAbandoned(lock)) {
      await rm(lock, { force: true });
      continue;
    }
    if (!isTold) onWait(await holderOf(lock));
    isTold = true;
    await sleep(pollMs, undefined, { signal });
  }
}

async function isAbandoned(lock: string): Promise<boolean> {
  const made = await stat(lock).catch(() => null);
  if (made === null) return false;
  if (Date.now() - made.mtimeMs > staleMs) return true;
  const [pid = "", host] = (await holderOf(lock)).split(" ");
  return host === os.hostname() && /^\d+$/.test(pid) && !isAlive(Number(pid));
}

async function holderOf(lock: string): Promise<string> {
  return readFile(lock, "utf8").catch(() => "");
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) !== "ESRCH";
  }
}
