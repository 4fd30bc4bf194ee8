import { readFileSync } from "node:fs";

/** What the system says a process has used. */
export interface ProcessUsage {
  readonly rssBytes: number;
  /** User and system time of all its threads. */
  readonly cpuMs: number;
}

/** Linux counts in USER_HZ, which is 100 on every architecture that Weir runs on. */
const msPerTick = 10;

/** @throws Error where the process is gone */
export function processUsage(pid: number): ProcessUsage {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const rssKib = Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0);
  // The name in brackets may hold anything; after it come state and, as the 12th and 13th, utime and stime.
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)?.split(" ") ?? [];
  return { rssBytes: rssKib * 1024, cpuMs: (Number(fields[11]) + Number(fields[12])) * msPerTick };
}
