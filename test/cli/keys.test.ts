import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, describe, test } from "node:test";
import { mainPath, runWeir, WeirProcess } from "./weir.js";

const folder = fs.mkdtempSync(path.join(os.tmpdir(), "weir-keys-"));
after(() => fs.rmSync(folder, { recursive: true }));
const file = path.join(folder, "keys.yaml");
const variables = { WEIR_KEYS_FILE: file };

describe("weir keys", () => {
  test("adds a key, and prints it alone on a line", () => {
    const { exitCode, stdout, stderr } = runWeir(
      ["keys", "add", "alice", "--weight", "3", "--tokens-per-day", "1000", "--expires", "90d", "--admin"],
      variables,
    );
    assert.equal(exitCode, 0, stderr);
    assert.match(stdout, /^sk-weir-\S{43}\n$/);
    assert.ok(!fs.readFileSync(file, "utf8").includes(stdout.trim()));
  });

  const full = "/dev/full";
  test("keeps no key that nobody has seen", { skip: !fs.existsSync(full) }, () => {
    const output = fs.openSync(full, "w");
    const { status, stderr } = spawnSync(process.execPath, [mainPath, "keys", "add", "unseen"], {
      encoding: "utf8",
      env: variables,
      stdio: ["ignore", output, "pipe"],
    });
    fs.closeSync(output);
    assert.equal(status, 1);
    assert.match(stderr, /^weir: stdout can't be written: ENOSPC[^\n]+\n$/);
    assert.doesNotMatch(runWeir(["keys", "list"], variables).stdout, /unseen/);
  });

  test("lists the keys without their hashes", () => {
    const { stdout } = runWeir(["keys", "list", "--keys-file", file]);
    assert.match(stdout, /alice +admin +3 +normal +tokens-per-day 1000/);
    assert.doesNotMatch(stdout, /sha256/);
  });

  test("finds the file by the setting of the server", () => {
    const config = path.join(folder, "weir.yaml");
    fs.writeFileSync(config, "keys-file: keys.yaml\n");
    assert.match(runWeir(["keys", "list", "--config", config]).stdout, /alice/);
  });

  for (const [flags, message] of [
    [["add", "bob", "--weight", "much"], /--weight: expected a number from 0\.001 to 1000, got "much"/],
    [["add", "bob", "--concurrency", "0"], /--concurrency: expected a whole number from 1, got "0"/],
    [["add", "bob", "--priority", "urgent"], /--priority: expected one of high, normal, low/],
    [
      ["add", "bob", "--expires", "999999999999d"],
      /--expires: expected a time such as [^,]*, got "999999999999d"/,
    ],
    [["add", "bob", "--expires", "99999999d"], /--expires: expected a time such as/],
    [["add", "bob", "--expires", "2027-02-30T00:00:00Z"], /--expires: expected a time such as/],
    [["add", "b b"], /name: expected 1 to 64 letters/],
    [["add", "alice"], /has a key alice already/],
    [["revoke", "bob"], /has no key bob; it has alice/],
  ] as const) {
    test(`refuses ${flags.join(" ")}`, () => {
      const { exitCode, stderr } = runWeir(["keys", ...flags], variables);
      assert.equal(exitCode, 2);
      assert.match(stderr, message);
    });
  }

  test("says that it needs a file", () => {
    assert.match(runWeir(["keys", "list"]).stderr, /there is no keys file: name one with --keys-file/);
  });

  test("revokes a key", () => {
    assert.equal(runWeir(["keys", "revoke", "alice"], variables).exitCode, 0);
    assert.match(runWeir(["keys", "list"], variables).stdout, /there are no keys/);
  });
});

describe("a running server", () => {
  const ownFile = path.join(folder, "running.yaml");
  const make = (name: string, ...flags: string[]) =>
    runWeir(["keys", "add", name, "--keys-file", ownFile, ...flags]).stdout.trim();

  test("takes keys over at a SIGHUP, and lets a revoked one in no more", async () => {
    const [alice, root] = [make("alice"), make("root", "--admin")];
    const weir = new WeirProcess("--keys-file", ownFile, "--threads", "1", "--parallel", "1");
    const [origin = ""] = /http:\/\/127\.0\.0\.1:\d+/.exec(await weir.ready()) ?? [];
    const status = async (key: string, at = "/v1/models") =>
      (await fetch(origin + at, { headers: { authorization: `Bearer ${key}` } })).status;
    assert.deepEqual([await status(alice), await status(root, "/admin/usage")], [200, 200]);
    const bob = make("bob");
    runWeir(["keys", "revoke", "alice", "--keys-file", ownFile]);
    weir.signal("SIGHUP");
    await weir.logged("configuration reloaded");
    assert.deepEqual([await status(alice), await status(bob)], [401, 200]);
    fs.writeFileSync(ownFile, "keys: 3");
    weir.signal("SIGHUP");
    await weir.logged("configuration not reloaded");
    assert.equal(await status(bob), 200);
    assert.equal(await weir.end("SIGTERM"), 0);
  });
});
