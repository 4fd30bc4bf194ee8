import path from "node:path";
import { createInterface } from "node:readline/promises";
import { parseModelReference } from "../../config/model-reference.js";
import { WeirError } from "../../errors.js";
import { bytesText } from "../../library/disk-space.js";
import type { ModelLibrary } from "../../library/model-library.js";
import { planRemoval, remove } from "../../library/removal.js";

/**
 * Removes models from the models folder, after a question where somebody can answer it.
 *
 * @throws WeirError `invalid_argument`: outside of the folder, not there, or nobody to ask
 */
export async function removeModels(
  library: ModelLibrary,
  names: readonly string[],
  isAgreed: boolean,
  signal: AbortSignal,
): Promise<void> {
  // All of them are looked at before the first is gone.
  const removals = await Promise.all(
    names.map((name) => planRemoval(fileOf(library, name), library.modelsDir)),
  );
  for (const removal of removals) {
    const files = removal.files.join("\n  ");
    if (!isAgreed && !(await agrees(`Remove ${bytesText(removal.bytes)}?\n  ${files}\n[y/N] `, signal))) {
      process.stderr.write("Nothing was removed.\n");
      continue;
    }
    await remove(removal, library.modelsDir);
    process.stdout.write(`removed ${removal.files.join(", ")}\n`);
  }
}

/** A path may have lost parts: what is left is removed all the same. */
function fileOf(library: ModelLibrary, name: string): string {
  if (parseModelReference(name)?.kind === "path") return path.resolve(name);
  const file = library.pulledFile(library.wanted(name));
  if (file === null)
    throw new WeirError(
      "invalid_argument",
      `${name} is not in ${library.modelsDir}: there is nothing to remove`,
    );
  return file;
}

async function agrees(question: string, signal: AbortSignal): Promise<boolean> {
  if (!process.stdin.isTTY) {
    throw new WeirError(
      "invalid_argument",
      "there is no terminal to ask at whether files shall be removed: give --yes",
    );
  }
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  // The terminal's keys come here and not as signals while it asks.
  terminal.on("SIGINT", () => {
    process.stderr.write("\n");
    process.kill(process.pid, "SIGINT");
  });
  let isAsking = true;
  const closed = new Promise<string>((resolve) => {
    terminal.once("close", () => {
      if (isAsking) process.stderr.write("\n");
      resolve("no");
    });
  });
  try {
    const answer = await Promise.race([terminal.question(question, { signal }), closed]);
    return /^y(es)?$/i.test(answer.trim());
  } finally {
    isAsking = false;
    terminal.close();
  }
}
