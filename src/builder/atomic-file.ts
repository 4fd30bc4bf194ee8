import { randomUUID } from "node:crypto";
import { type FileHandle, open, rename, rm } from "node:fs/promises";

/**
 * Writes a file that is either there as a whole or not at all: into a temporary one beside it, then renamed, so
 * that two processes which build the same model, or one that dies, never leave half of one to be loaded.
 *
 * @param mode its permissions, less what the umask takes
 * @throws what `write` throws or the file system says; nothing is left behind then
 */
export async function writeAtomically(
  path: string,
  write: (file: FileHandle) => Promise<void>,
  mode = 0o666,
): Promise<void> {
  const partial = `${path}.${randomUUID()}.part`;
  const file = await open(partial, "wx", mode);
  try {
    await write(file).finally(() => file.close());
    await rename(partial, path);
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
}
