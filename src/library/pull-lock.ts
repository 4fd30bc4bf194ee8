import { randomUUID } from "node:crypto";
import { readFile, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { codeOf } from "../errors.js";
import { makeFolder } from "./folder.js";

const beatMs = 5_000;
/** Who has not touched its lock for this long is gone, on whatever machine it was. */
const staleMs = 60_000;
/** A process that is not found is gone only then: containers may share the name of a host and not its processes. */
const missedBeatsMs = 3 * beatMs;
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
  await makeFolder(path.dirname(lock));
  const own = `${process.pid} ${os.hostname()} ${randomUUID()}`;
  await take(lock, own, signal, onWait);
  const beat = setInterval(() => void touch(lock, own), beatMs);
  try {
    return await work();
  } finally {
    clearInterval(beat);
    // A machine that was asleep may have lost it to another process.
    if ((await read(lock)) === own) await rm(lock, { force: true });
  }
}

async function take(
  lock: string,
  own: string,
  signal: AbortSignal,
  onWait: (holder: string) => void,
): Promise<void> {
  let isTold = false;
  for (;;) {
    signal.throwIfAborted();
    try {
      await writeFile(lock, own, { flag: "wx" });
      return;
    } catch (error) {
      if (codeOf(error) !== "EEXIST") throw error;
    }
    const holder = await read(lock);
    if (holder !== null && (await isAbandoned(lock, holder))) {
      await clear(lock, holder);
      continue;
    }
    const [pid = "", host = ""] = (holder ?? "").split(" ");
    if (!isTold) onWait(`${pid} ${host}`.trim());
    isTold = true;
    await sleep(pollMs, undefined, { signal });
  }
}

/** Takes away what an abandoned lock has left, and nothing that another process has put there since. */
async function clear(lock: string, holder: string): Promise<void> {
  const aside = `${lock}.${randomUUID()}`;
  try {
    await rename(lock, aside);
  } catch (error) {
    // Somebody else was faster.
    if (codeOf(error) === "ENOENT") return;
    throw error;
  }
  const taken = await read(aside);
  if (taken !== null && taken !== holder) await writeFile(lock, taken, { flag: "wx" }).catch(() => {});
  await rm(aside, { force: true });
}

async function touch(lock: string, own: string): Promise<void> {
  if ((await read(lock)) !== own) return;
  const now = new Date();
  await utimes(lock, now, now).catch(() => {});
}

async function isAbandoned(lock: string, holder: string): Promise<boolean> {
  const made = await stat(lock).catch(() => null);
  if (made === null) return false;
  const silentMs = Date.now() - made.mtimeMs;
  if (silentMs > staleMs) return true;
  const [pid = "", host] = holder.split(" ");
  return silentMs > missedBeatsMs && host === os.hostname() && /^\d+$/.test(pid) && !isAlive(Number(pid));
}

/** Null where it is gone. */
async function read(lock: string): Promise<string | null> {
  return readFile(lock, "utf8").catch(() => null);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) !== "ESRCH";
  }
}
