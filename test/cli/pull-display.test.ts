import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { WriteStream } from "node:tty";
import { PullDisplay, pullText } from "#weir/cli/models/pull-display.js";

/** What a display writes in one second, told ten times a second that another MB has come. */
function written(isTTY: boolean, columns = 100): string[] {
  const texts: string[] = [];
  // A display writes, and looks at these two.
  const stream = { isTTY, columns, write: (text: string) => texts.push(text) } as unknown as WriteStream;
  let ms = 0;
  const display = new PullDisplay(stream, () => ms);
  display.onFile("model.gguf", 0, 1);
  for (; ms <= 10_000; ms += 100) display.onBytes("pulling", ms * 1e4, 100e6);
  display.onRetry("the connection is gone");
  display.clear();
  return texts;
}

describe("the progress of a pull", () => {
  test("is a bar on a terminal, drawn over itself and never wider than it", () => {
    const texts = written(true, 40);
    assert.match(texts[50] ?? "", /^model\.gguf █+░+/);
    for (const text of texts.filter((one) => one.endsWith("\r")))
      assert.ok(text.replace("\u001b[K\r", "").length < 40);
    assert.equal(texts.at(-1), "the connection is gone; trying again\n");
  });

  test("is a line every five seconds anywhere else", () => {
    const lines = written(false);
    assert.deepEqual(lines, [
      "model.gguf 0 %  0 bytes of 100.0 MB\n",
      "model.gguf 50 %  50.0 MB of 100.0 MB  10.0 MB/s  5 s left\n",
      "model.gguf 100 %  100.0 MB of 100.0 MB  10.0 MB/s  0 s left\n",
      "the connection is gone; trying again\n",
    ]);
  });

  test("says how long it will take in words that fit", () => {
    const left = (total: number) => pullText("m", "checking", 0, total, 1e6, false).split("  ").at(-1);
    assert.deepEqual([left(59e6), left(600e6), left(7200e6)], ["59 s left", "10 min left", "2.0 h left"]);
    assert.match(pullText("m", "checking", 1, 2, 0, false), /^checking m 50 % /);
  });
});
