import { createHash, timingSafeEqual } from "node:crypto";

/** The keys that may ask. Compared as digests and all of them, so that time tells nothing about a key. */
export class ApiKeys {
  readonly #digests: readonly Buffer[];

  constructor(keys: readonly string[]) {
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
    const [tenant] = this.#digests.flatMap((known, index) =>
      timingSafeEqual(known, presented) ? [`key ${index}`] : [],
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
