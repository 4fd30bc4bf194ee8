/** The vocabulary's text: token t is `bytes[ends[t - 1] … ends[t])`, in UTF-8, possibly part of a character. */
export interface VocabularyPieces {
  readonly bytes: Uint8Array;
  readonly ends: Uint32Array;
  /** 1 for tokens that end a generation. */
  readonly endsGeneration: Uint8Array;
  /** Tokens without text, and what they are called. */
  readonly controlTokens: Int32Array;
  readonly controlTexts: readonly string[];
}

/** Token ids to text, shared by all sequences of a model; keeps the text of the tokens that it has met. */
export class PieceTable {
  readonly #pieces: VocabularyPieces;
  readonly #texts: (string | undefined)[] = [];
  readonly #decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  readonly #controlTexts: ReadonlyMap<number, string>;

  constructor(pieces: VocabularyPieces) {
    this.#pieces = pieces;
    const { controlTokens, controlTexts } = pieces;
    this.#controlTexts = new Map(
      Array.from(controlTokens, (token, index) => [token, controlTexts[index] ?? ""]),
    );
  }

  endsGeneration(token: number): boolean {
    return this.#pieces.endsGeneration[token] === 1;
  }

  bytes(token: number): Uint8Array {
    const start = token === 0 ? 0 : (this.#pieces.ends[token - 1] ?? 0);
    return this.#pieces.bytes.subarray(start, this.#pieces.ends[token] ?? start);
  }

  /** The token's text where it is whole characters, otherwise null. */
  wholeText(token: number): string | null {
    const known = this.#texts[token];
    if (known !== undefined) return known;
    const bytes = this.bytes(token);
    const first = bytes[0];
    if (first !== undefined && isContinuation(first)) return null;
    if (completeLength(bytes) < bytes.length) return null;
    const text = this.decode(bytes);
    this.#texts[token] = text;
    return text;
  }

  /** Whether the token's text is white space, or nothing. */
  isBlank(token: number): boolean {
    return this.decode(this.bytes(token)).trim() === "";
  }

  /** The bytes of a token's text, or of its name where it has none. */
  nameBytes(token: number): Uint8Array {
    const name = this.#controlTexts.get(token);
    return name === undefined ? this.bytes(token) : new TextEncoder().encode(name);
  }

  /** Bytes that are no UTF-8 become U+FFFD. */
  decode(bytes: Uint8Array): string {
    return this.#decoder.decode(bytes);
  }
}

/** One sequence's text: holds the first bytes of a character back until its last one comes. */
export class Detokenizer {
  readonly #table: PieceTable;
  readonly #visible: readonly number[];
  #pending: Uint8Array = none;

  /** @param visibleTokens control tokens whose names are text here */
  constructor(table: PieceTable, visibleTokens: readonly number[] = []) {
    this.#table = table;
    this.#visible = visibleTokens;
  }

  /** The text that the token completes; "" while a character is still incomplete. */
  append(token: number): string {
    if (this.#visible.length > 0 && this.#visible.includes(token)) {
      return this.end() + this.#table.decode(this.#table.nameBytes(token));
    }
    if (this.#pending.length === 0) {
      const text = this.#table.wholeText(token);
      if (text !== null) return text;
    }
    const piece = this.#table.bytes(token);
    const bytes = new Uint8Array(this.#pending.length + piece.length);
    bytes.set(this.#pending);
    bytes.set(piece, this.#pending.length);
    const complete = completeLength(bytes);
    this.#pending = bytes.subarray(complete);
    return this.#table.decode(bytes.subarray(0, complete));
  }

  /** What is left of an unfinished character, as U+FFFD. */
  end(): string {
    const rest = this.#table.decode(this.#pending);
    this.#pending = none;
    return rest;
  }
}

const none = new Uint8Array(0);

function isContinuation(byte: number): boolean {
  return (byte & 0xc0) === 0x80;
}

/** How many bytes of a lead byte's character there are in all; 1 for bytes that can't lead one. */
function characterLength(lead: number): number {
  if (lead >= 0xf0 && lead <= 0xf4) return 4;
  if (lead >= 0xe0 && lead < 0xf0) return 3;
  if (lead >= 0xc2 && lead < 0xe0) return 2;
  return 1;
}

/** The length without a character that has begun at the end but is not complete. */
function completeLength(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back] ?? 0;
    if (isContinuation(byte)) continue;
    return characterLength(byte) > back ? bytes.length - back : bytes.length;
  }
  return bytes.length;
}
