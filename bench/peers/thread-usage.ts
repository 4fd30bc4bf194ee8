import { readdirSync, readFileSync } from "node:fs";

/** Linux counts in USER_HZ, which is 100 on every architecture that Weir runs on. */
const msPerTick = 10;

/** CPU time of a process's threads, ms: of the main thread, and of all others together. */
export interface ThreadUsage {
  readonly mainMs: number;
  readonly othersMs: number;
}

/** @throws Error where the process is gone */
export function threadUsage(pid: number): ThreadUsage {
  let mainMs = 0;
  let othersMs = 0;
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    const ms = cpuMs(`/proc/${pid}/task/${thread}/stat`);
    if (thread === String(pid)) mainMs = ms;
    else othersMs += ms;
  }
  return { mainMs, othersMs };
}

/** After the name in brackets, which may hold anything, come the state and, as the 12th and 13th, utime and stime. */
function cpuMs(file: string): number {
  const fields = readFileSync(file, "utf8").split(") ").at(-1)?.split(" ") ?? [];
  return (Number(fields[11]) + Number(fields[12])) * msPerTick;
}
