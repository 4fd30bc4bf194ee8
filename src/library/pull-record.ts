import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { z } from "zod";
import { writeAtomically } from "../builder/atomic-file.js";

const record = z.object({
  /** `hf:Qwen/Qwen3-32B-GGUF/Qwen3-32B-Q4_K_M.gguf`. */
  source: z.string(),
  endpoint: z.string(),
  bytes: z.int(),
  /** Of what lies here, computed when it had arrived. */
  sha256: z.string(),
  /** What it was compared with: nothing where neither manifest nor server tells a checksum. */
  comparedWith: z.enum(["manifest", "server", "nothing"]),
  /** The listing has said that who names the repository alone means this file: it had no other, or this was the usual one. */
  isRepositoryDefault: z.boolean().default(false),
  pulledAt: z.iso.datetime(),
});

/** What is known of a file that was pulled; it lies beside it. */
export type PullRecord = z.output<typeof record>;

export function recordPath(file: string): string {
  return `${file}.pulled.json`;
}

/** Null where there is none, or none that can be read. */
export async function readRecord(file: string): Promise<PullRecord | null> {
  return toRecord(await readFile(recordPath(file), "utf8").catch(() => "null"));
}

/** Whether a pull that named the repository alone has led to this file. */
export function isRepositoryDefault(file: string): boolean {
  try {
    return toRecord(readFileSync(recordPath(file), "utf8"))?.isRepositoryDefault ?? false;
  } catch {
    return false;
  }
}

function toRecord(text: string): PullRecord | null {
  try {
    return record.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}

export async function writeRecord(file: string, known: PullRecord): Promise<void> {
  await writeAtomically(recordPath(file), async (handle) => {
    await handle.writeFile(`${JSON.stringify(known, null, 2)}\n`);
  });
}
