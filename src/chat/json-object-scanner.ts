/**
 * Finds the end of a JSON object while it is written. It knows strings, escapes and braces, and takes the rest on trust: that
 * is the grammar's to see to.
 */
export class JsonObjectScanner {
  /** Objects that are open; the first one's brace was read before. */
  #depth = 1;
  #inString = false;
  #afterBackslash = false;

  /** @returns the index after the object's last brace, or -1 where it goes on after this text */
  read(text: string, from: number): number {
    for (let at = from; at < text.length; at++) {
      const char = text.charAt(at);
      if (this.#inString) this.#readInString(char);
      else if (char === '"') this.#inString = true;
      else if (char === "{") this.#depth++;
      else if (char === "}" && --this.#depth === 0) return at + 1;
    }
    return -1;
  }

  #readInString(char: string): void {
    if (this.#afterBackslash) this.#afterBackslash = false;
    else if (char === "\\") this.#afterBackslash = true;
    else if (char === '"') this.#inString = false;
  }
}
