import { createHash, randomBytes } from "node:crypto";

/** As many bits as the hash that is kept of it: nobody guesses it, so a fast hash without salt is enough. */
const secretBytes = 32;

/** `sk-weir-` and 256 random bits. */
export function newSecret(): string {
  return `sk-weir-${randomBytes(secretBytes).toString("base64url")}`;
}

export function digestOf(secret: string): Buffer {
  return createHash("sha256").update(secret).digest();
}

/** What the keys file has of a key. */
export function hashOf(secret: string): string {
  return `sha256:${digestOf(secret).toString("hex")}`;
}

export function digestIn(hash: string): Buffer {
  return Buffer.from(hash.slice("sha256:".length), "hex");
}
