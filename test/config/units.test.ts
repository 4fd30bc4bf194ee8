import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { readDuration, readSize, writeDuration, writeSize } from "#weir/config/units.js";

test("decimal and binary units are what their names say", () => {
  const texts = ["1B", "1kB", "1KiB", "10MB", "64MiB", "1GB", "1.5GiB", "2TB", "1TiB"];
  const bytes = [1, 1e3, 1024, 1e7, 64 * 2 ** 20, 1e9, 1.5 * 2 ** 30, 2e12, 2 ** 40];
  assert.deepEqual(texts.map(readSize), bytes);
});

test("durations may have several parts", () => {
  const texts = ["500ms", "240s", "5m", "1.5h", "1d", "1m30s", "1m 30s"];
  const milliseconds = [500, 240_000, 300_000, 5_400_000, 86_400_000, 90_000, 90_000];
  assert.deepEqual(texts.map(readDuration), milliseconds);
});

test("anything else is no size and no duration", () => {
  for (const text of ["", "10", "MB", "-1MB", "1e3B", "10 M", "1,5GB", "1MB2kB"])
    assert.equal(readSize(text), null, text);
  for (const text of ["", "10", "s", "-1s", "1w", "1:30", "1,5s"])
    assert.equal(readDuration(text), null, text);
});

test("they are written in the unit that leaves the smallest whole number", () => {
  assert.deepEqual([10_000_000, 2 ** 26, 1500, 0].map(writeSize), ["10MB", "64MiB", "1500B", "0"]);
  assert.deepEqual([72_000, 120_000, 1500, 0].map(writeDuration), ["72s", "2m", "1500ms", "0"]);
});

test("what is written is read as the same", () => {
  const above0 = fc.integer({ min: 1, max: 2 ** 44 });
  fc.assert(fc.property(above0, (value) => readSize(writeSize(value)) === value));
  fc.assert(fc.property(above0, (value) => readDuration(writeDuration(value)) === value));
});
