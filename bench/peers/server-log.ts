import fs from "node:fs";
import path from "node:path";
import { projectDirectory } from "#weir/llama/addon.js";

/** Where what a server prints goes: servers log in production too, so it is part of what they cost. */
export function serverLogPath(peer: string): string {
  return path.join(projectDirectory, "build", "bench", `${peer}.log`);
}

/** A file descriptor that a child process takes over. */
export function openServerLog(peer: string): number {
  const file = serverLogPath(peer);
  fs.mkdirSync(path.dirname(file), { recursive: true });
  return fs.openSync(file, "w");
}
