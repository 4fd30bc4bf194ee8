import { isUtf8 } from "node:buffer";
import type { FileHandle } from "node:fs/promises";
import { ggufRefusal } from "./refusal.js";

/** Small enough that what is done with one slice does not keep other people's tokens waiting. */
const sliceBytes = 65_536;

/**
 * Of one file, all its texts together: 20 times what the largest vocabulary takes. A text has a place in JavaScript's heap, which
 * ends the process where it is full.
 */
const maxTextBytesInAll = 64 * 2 ** 20;

/** Of one file, those of all arrays together: a vocabulary of 262,144 tokens has 1.3 million, with its merges. */
const maxValuesInAll = 2 ** 23;

/**
 * A GGUF file's bytes from the front, read a slice at a time: between two slices the event loop turns.
 *
 * Values are taken from what `need()` has made sure of; little endian, as every GGUF that llama.cpp reads here.
 */
export class HeaderBytes {
  readonly path: string;
  readonly fileBytes: number;
  readonly #file: FileHandle;
  #window = Buffer.alloc(0);
  /** Within the window. */
  #at = 0;
  /** The window's place in the file. */
  #windowStart = 0;
  #textBytes = 0;
  #values = 0;

  constructor(file: FileHandle, path: string, fileBytes: number) {
    this.#file = file;
    this.path = path;
    this.fileBytes = fileBytes;
  }

  /** The place in the file of what is taken next. */
  get position(): number {
    return this.#windowStart + this.#at;
  }

  get bytesLeft(): number {
    return this.fileBytes - this.position;
  }

  /** Whether that many bytes can be taken without `need()`. */
  has(bytes: number): boolean {
    return this.#window.length - this.#at >= bytes;
  }

  /** @throws WeirError `model_load_failed` where the file ends before */
  async need(bytes: number, what: string): Promise<void> {
    if (this.has(bytes)) return;
    if (bytes > this.bytesLeft) {
      throw this.refusal(
        `${what} takes ${bytes} bytes at byte ${this.position}, and ${this.bytesLeft} are left`,
      );
    }
    const rest = this.#window.subarray(this.#at);
    const wanted = Math.min(Math.max(bytes, sliceBytes), this.bytesLeft);
    const window = Buffer.allocUnsafe(wanted);
    rest.copy(window);
    this.#windowStart += this.#at;
    this.#at = 0;
    this.#window = window;
    for (let filled = rest.length; filled < wanted; ) {
      const { bytesRead } = await this.#file.read(
        window,
        filled,
        wanted - filled,
        this.#windowStart + filled,
      );
      if (bytesRead === 0)
        throw this.refusal(`it ends at byte ${this.#windowStart + filled} while it is read`);
      filled += bytesRead;
    }
  }

  uint8(): number {
    return this.#window.readUInt8(this.#advance(1));
  }

  int8(): number {
    return this.#window.readInt8(this.#advance(1));
  }

  uint16(): number {
    return this.#window.readUInt16LE(this.#advance(2));
  }

  int16(): number {
    return this.#window.readInt16LE(this.#advance(2));
  }

  uint32(): number {
    return this.#window.readUInt32LE(this.#advance(4));
  }

  int32(): number {
    return this.#window.readInt32LE(this.#advance(4));
  }

  float32(): number {
    return this.#window.readFloatLE(this.#advance(4));
  }

  float64(): number {
    return this.#window.readDoubleLE(this.#advance(8));
  }

  /** Rounded above 2^53, where it is larger than any file. */
  uint64(): number {
    const low = this.uint32();
    return this.uint32() * 2 ** 32 + low;
  }

  int64(): number {
    const low = this.uint32();
    return this.int32() * 2 ** 32 + low;
  }

  /** Whether a length and as many bytes of text can be taken without `need()`. */
  hasText(): boolean {
    return this.has(8) && this.has(8 + this.nextTextBytes());
  }

  /** The length that the next 8 bytes say; they have to be there. */
  nextTextBytes(): number {
    const length = this.uint64();
    this.#at -= 8;
    return length;
  }

  /**
   * A length and as many bytes of text; null where they are not UTF-8.
   *
   * @throws WeirError `model_load_failed` where they are too many, with all texts before
   */
  text(): string | null {
    const bytes = this.uint64();
    this.#textBytes += bytes;
    if (this.#textBytes > maxTextBytesInAll) {
      throw this.refusal(
        `its texts have more than ${maxTextBytesInAll} bytes at byte ${this.position}, which is more than any model has`,
      );
    }
    return this.characters(bytes);
  }

  /** @throws WeirError `model_load_failed` where they are too many, with all values before */
  countValues(values: number, key: string): void {
    this.#values += values;
    if (this.#values <= maxValuesInAll) return;
    throw this.refusal(
      `${key} claims ${values} values before byte ${this.position}, which makes ${this.#values}, and ${maxValuesInAll} in all at most can be right`,
    );
  }

  characters(bytes: number): string | null {
    const from = this.#advance(bytes);
    const text = this.#window.toString("utf8", from, from + bytes);
    // Decoding puts U+FFFD where it fails, which a good text may hold as well.
    return !text.includes("\u{fffd}") || isUtf8(this.#window.subarray(from, from + bytes)) ? text : null;
  }

  refusal(problem: string): Error {
    return ggufRefusal(this.path, problem);
  }

  #advance(bytes: number): number {
    const from = this.#at;
    this.#at += bytes;
    return from;
  }
}
