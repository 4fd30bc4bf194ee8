import assert from "node:assert/strict";
import { test } from "node:test";
import { EventReader } from "../../bench/load/event-reader.js";

function read(pieces: readonly string[]): string[] {
  const payloads: string[] = [];
  const reader = new EventReader((payload) => payloads.push(payload));
  for (const piece of pieces) reader.push(piece);
  return payloads;
}

test("each event's data is a payload", () => {
  assert.deepEqual(read(["data: one\n\ndata: two\n\n"]), ["one", "two"]);
});

test("an event may come in pieces", () => {
  assert.deepEqual(read([..."data: one\n\n"]), ["one"]);
});

test("comments are passed over", () => {
  assert.deepEqual(read([": keep-alive\ndata: one\n\n"]), ["one"]);
});

test("an event that has not ended is no payload yet", () => {
  assert.deepEqual(read(["data: one"]), []);
});
