import { createHash, timingSafeEqual } from "node:crypto";

/** The keys that may ask. Compared as digests and all of them, so that time tells nothing about a key. */
export class ApiKeys {
  #digests: readonly Buffer[];

  constructor(keys: readonly string[]) {
    this.#digests = keys.map(digest);
  }

  /** From now on these keys may ask; requests that run go on. */
  replace(keys: readonly string[]): void {
    this.#digests = keys.map(digest);
  }

  /**
   * Whose request it is; null where the key is missing or wrong. Without any key, everybody is one tenant.
   *
   * @param authorization the request's header
   */
  tenantOf(authorization: string | undefined): string | null {
    if (this.#digests.length === 0) return "";
    const presented = digest(bearerToken(authorization));
    // By the key and not by its place, which others may have after it: prompts are shared within a tenant.
    const [tenant] = this.#digests.flatMap((known) =>
      timingSafeEqual(known, presented) ? [`key ${known.toString("hex", 0, 8)}`] : [],
    );
    return tenant ?? null;
  }
}

function bearerToken(authorization = ""): string {
  return /^bearer +(.+)$/i.exec(authorization.trim())?.[1] ?? "";
}

function digest(key: string): Buffer {
  return createHash("sha256").update(key).digest();
}
