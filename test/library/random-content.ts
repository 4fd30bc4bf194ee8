import { createCipheriv } from "node:crypto";

/** Bytes that don't compress, the same for the same seed. */
export function randomBytes(seed: number, bytes: number): Buffer {
  return createCipheriv("aes-128-ctr", Buffer.alloc(16, seed), Buffer.alloc(16)).update(Buffer.alloc(bytes));
}
