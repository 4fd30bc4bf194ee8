import assert from "node:assert/strict";
import { test } from "node:test";
import { Detokenizer, PieceTable } from "#weir/engine/detokenizer.js";

/** A table whose tokens are these byte strings. */
function table(pieces: readonly (readonly number[])[]): PieceTable {
  let end = 0;
  const ends = Uint32Array.from(pieces, (piece) => {
    end += piece.length;
    return end;
  });
  const bytes = Uint8Array.from(pieces.flat());
  return new PieceTable({
    bytes,
    ends,
    controlTokens: Int32Array.of(),
    controlTexts: [],
    endsGeneration: new Uint8Array(pieces.length),
  });
}

/** The texts that the tokens 0, 1, 2 … give one after the other, and what is left at the end. */
function texts(pieces: readonly (readonly number[])[]): string[] {
  const detokenizer = new Detokenizer(table(pieces));
  return [...pieces.map((_, token) => detokenizer.append(token)), detokenizer.end()];
}

test("a character over two tokens comes whole with the second", () => {
  assert.deepEqual(texts([[0xc3], [0xa9, 0x21]]), ["", "é!", ""]);
});

test("an emoji byte by byte comes with its fourth byte", () => {
  assert.deepEqual(texts([[0xf0], [0x9f], [0x8c], [0x8a]]), ["", "", "", "🌊", ""]);
});

test("text before an unfinished character is not held back", () => {
  assert.deepEqual(texts([[0x61, 0xe4, 0xbd], [0xa0]]), ["a", "你", ""]);
});

test("an unfinished character at the end becomes U+FFFD", () => {
  assert.deepEqual(texts([[0x61], [0xe4, 0xbd]]), ["a", "", "\ufffd"]);
});

test("bytes that are no UTF-8 become U+FFFD and hold nothing back", () => {
  assert.deepEqual(texts([[0x80], [0xff, 0x61], [0xe4], [0x62]]), ["\ufffd", "\ufffda", "", "\ufffdb", ""]);
});

test("a byte order mark is text like any other", () => {
  assert.deepEqual(texts([[0xef, 0xbb, 0xbf, 0x61]]), ["\ufeffa", ""]);
});

test("a token without text gives none", () => {
  assert.deepEqual(texts([[], [0x61]]), ["", "a", ""]);
});
