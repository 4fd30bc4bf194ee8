import { createHash, timingSafeEqual } from "node:crypto";

/** The keys that may ask. Compared as digests and all of them, so that time tells nothing about a key. */
export class ApiKeys {
  readonly #digests: readonly Buffer[];

  constructor(keys: readonly string[]) {
    this.#digests = keys.map(digest);
  }

  /** `authorization`: the request's header. Without any key, everybody is admitted. */
  admit(authorization: string | undefined): boolean {
    if (this.#digests.length === 0) return true;
    const presented = digest(bearerToken(authorization));
    return this.#digests.filter((known) => timingSafeEqual(known, presented)).length > 0;
  }
}

function bearerToken(authorization = ""): string {
  return /^bearer +(.+)$/i.exec(authorization.trim())?.[1] ?? "";
}

function digest(key: string): Buffer {
  return createHash("sha256").update(key).digest();
}
