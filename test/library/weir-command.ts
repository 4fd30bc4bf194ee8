import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import { mainPath, type ProgramResult } from "../cli/weir.js";

/** Runs `weir` to its end without blocking: the server that it asks is in this process. */
export async function weir(
  commandLine: readonly string[],
  variables: Readonly<Record<string, string>> = {},
  onStderr: (chunk: string, signal: (name: NodeJS.Signals) => void) => void = () => {},
): Promise<ProgramResult> {
  const { HF_TOKEN: _, HF_ENDPOINT: __, ...rest } = process.env;
  const own = Object.entries(rest).filter(([name]) => !name.startsWith("WEIR_"));
  const child = spawn(process.execPath, [mainPath, ...commandLine], {
    env: { ...Object.fromEntries(own), ...variables },
    stdio: ["ignore", "pipe", "pipe"],
  });
  child.stderr.on("data", (chunk: Buffer) => onStderr(chunk.toString(), (name) => child.kill(name)));
  const exit = new Promise<number | null>((resolve) => child.on("close", resolve));
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { exitCode: await exit, stdout, stderr };
}
