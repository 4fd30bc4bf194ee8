import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";

const readBytes = 2 ** 22;

/** A file's SHA-256, in hexadecimal. @throws what the file system says; the signal's reason */
export async function sha256Of(
  file: string,
  onProgress: (bytes: number) => void = () => {},
  signal?: AbortSignal,
): Promise<string> {
  const hash = createHash("sha256");
  let bytes = 0;
  for await (const chunk of createReadStream(file, { highWaterMark: readBytes })) {
    signal?.throwIfAborted();
    hash.update(chunk);
    bytes += chunk.length;
    onProgress(bytes);
  }
  return hash.digest("hex");
}
