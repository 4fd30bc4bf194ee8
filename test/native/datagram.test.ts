import assert from "node:assert/strict";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { DatagramReceiver } from "../support/datagram-receiver.js";
import { cpuAddon } from "./addon.js";

let folder = "";
before(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "weir-datagram-"));
});
after(() => fs.rmSync(folder, { recursive: true }));

const code = (expected: string) => (error: Error & { code?: string }) => error.code === expected;

describe("a datagram", () => {
  for (const [kind, pathOf] of [
    ["a path", () => path.join(folder, "notify.sock")],
    ["an abstract name", () => `@weir-test-${process.pid}`],
  ] as const) {
    test(`arrives as it was sent at ${kind}`, async (context) => {
      const { addon } = await cpuAddon();
      const receiver = await DatagramReceiver.start(pathOf());
      context.after(() => receiver.close());
      assert.equal(addon.sendDatagram(pathOf(), "READY=1\nSTATUS=größer"), true);
      assert.equal(await receiver.next(/READY/), "READY=1\nSTATUS=größer");
    });
  }

  test("to nobody is an error with the system's reason", async () => {
    const { addon } = await cpuAddon();
    assert.throws(() => addon.sendDatagram("/nowhere/socket", "x"), code("datagram_failed"));
    assert.throws(() => addon.sendDatagram("/nowhere/socket", "x"), /No such file/);
    assert.throws(() => addon.sendDatagram("@weir-nobody", "x"), /refused/);
  });

  test("is not sent to what can be no address", async () => {
    const { addon } = await cpuAddon();
    for (const wrong of ["", "a\0b", `/${"x".repeat(107)}`, `@${"x".repeat(108)}`])
      assert.throws(() => addon.sendDatagram(wrong, "x"), code("invalid_argument"));
  });

  test("leaves no descriptor open", async () => {
    const { addon } = await cpuAddon();
    const open = (): number => fs.readdirSync("/proc/self/fd").length;
    const before = open();
    for (let i = 0; i < 50; i++) assert.throws(() => addon.sendDatagram("/nowhere/socket", "x"));
    assert.equal(open(), before);
  });
});
