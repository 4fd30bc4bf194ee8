import { createHash, type Hash } from "node:crypto";
import { open } from "node:fs/promises";
import type { GgufFile } from "./gguf-file.js";

const chunkBytes = 2 ** 16;
/** Of a tensor. What was trained further differs all over it. */
const pieceBytes = 1024;

/**
 * Tells the files of a model from others by what is in them, in some milliseconds: all that they say before their weights, and a
 * piece out of the middle of each tensor. Copies of a file have the same one.
 *
 * @returns 64 hexadecimal digits
 */
export async function contentDigest(files: readonly GgufFile[]): Promise<string> {
  const hash = createHash("sha256");
  for (const file of files) await addFile(hash, file);
  return hash.digest("hex");
}

async function addFile(hash: Hash, { path, tensors }: GgufFile): Promise<void> {
  const file = await open(path);
  const buffer = Buffer.alloc(chunkBytes);
  const add = async (start: number, bytes: number): Promise<void> => {
    const { bytesRead } = await file.read(buffer, 0, bytes, start);
    hash.update(buffer.subarray(0, bytesRead));
  };
  try {
    const { size } = await file.stat();
    const headerEnd = tensors.reduce((first, { offset }) => Math.min(first, offset), size);
    for (let start = 0; start < headerEnd; start += chunkBytes)
      await add(start, Math.min(chunkBytes, headerEnd - start));
    for (const { offset, bytes } of tensors) {
      const length = Math.min(pieceBytes, bytes);
      await add(offset + Math.floor((bytes - length) / 2), length);
    }
  } finally {
    await file.close();
  }
}
