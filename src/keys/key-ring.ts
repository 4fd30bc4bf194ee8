import { timingSafeEqual } from "node:crypto";
import { WeirError } from "../errors.js";
import { type ApiKey, anybody } from "./api-key.js";
import { toApiKey } from "./key-entry.js";
import { readKeyFile } from "./key-file.js";
import { digestIn, digestOf } from "./key-secret.js";

interface HeldKey {
  readonly digest: Buffer;
  readonly key: ApiKey;
}

/** The keys that may ask: those of `--api-key`, and those of the keys file. */
export class KeyRing {
  #given: readonly HeldKey[];
  #inFile: readonly HeldKey[] = [];
  #file: string | null = null;
  /** Of the keys of `--api-key` that there ever were: one that takes another's place must not find its prompts. */
  readonly #serials = new Map<string, number>();

  /** @param secrets keys in plain text; they have no limits, and don't open /admin */
  constructor(secrets: readonly string[] = []) {
    this.#given = this.#givenKeys(secrets);
  }

  /** Everybody may ask. A keys file without a key lets nobody in. */
  get isOpen(): boolean {
    return this.#file === null && this.#given.length === 0;
  }

  get keys(): readonly ApiKey[] {
    return [...this.#given, ...this.#inFile].map(({ key }) => key);
  }

  /**
   * Reads the keys again; where that fails, the old ones go on.
   *
   * @param file null: none
   * @throws WeirError `invalid_argument`
   */
  reload(secrets: readonly string[], file: string | null): void {
    this.prepare(secrets, file)();
  }

  /**
   * The first half of it.
   *
   * @returns what makes the keys that were read hold
   * @throws WeirError `invalid_argument`
   */
  prepare(secrets: readonly string[], file: string | null): () => void {
    const entries = file === null ? [] : readKeyFile(file);
    return () => {
      this.#given = this.#givenKeys(secrets);
      this.#inFile = entries.map((entry) => ({ digest: digestIn(entry.hash), key: toApiKey(entry) }));
      this.#file = file;
    };
  }

  /**
   * Whose secret it is. All keys are compared, by their hashes and in constant time: how long it takes tells nothing.
   *
   * @throws WeirError `invalid_api_key`
   */
  identify(secret: string, nowMs: number): ApiKey {
    if (this.isOpen) return anybody;
    const presented = digestOf(secret);
    let found: ApiKey | null = null;
    for (const { digest, key } of [...this.#given, ...this.#inFile]) {
      if (timingSafeEqual(digest, presented)) found ??= key;
    }
    if (found === null) {
      const message = "The API key is missing or wrong: send Authorization: Bearer <key>.";
      throw new WeirError("invalid_api_key", message);
    }
    if (found.expiresMs !== null && found.expiresMs <= nowMs) {
      const expired = new Date(found.expiresMs).toISOString();
      throw new WeirError("invalid_api_key", `This API key has expired, at ${expired}: ask for a new one.`);
    }
    return found;
  }

  /** Their names have a space, which no name in a keys file can have. */
  #givenKeys(secrets: readonly string[]): HeldKey[] {
    return secrets.map((secret) => {
      const digest = digestOf(secret);
      const hash = digest.toString("hex");
      const serial = this.#serials.get(hash) ?? this.#serials.size + 1;
      this.#serials.set(hash, serial);
      return { digest, key: { ...anybody, id: `--api-key ${serial}` } };
    });
  }
}
