import assert from "node:assert/strict";
import crypto from "node:crypto";
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import os from "node:os";
import path from "node:path";
import { after, describe, test } from "node:test";
import { keyEntry } from "#weir/keys/key-entry.js";
import { addKey, readKeyFile, removeKey } from "#weir/keys/key-file.js";
import { KeyRing } from "#weir/keys/key-ring.js";
import { hashOf, newSecret } from "#weir/keys/key-secret.js";

const folder = fs.mkdtempSync(path.join(os.tmpdir(), "weir-keys-"));
after(() => fs.rmSync(folder, { recursive: true }));

let files = 0;
function keysFile(content?: string): string {
  const file = path.join(folder, `keys-${++files}.yaml`);
  if (content !== undefined) fs.writeFileSync(file, content);
  return file;
}

function entry(name: string, secret: string, fields: object = {}) {
  return keyEntry.parse({ name, hash: hashOf(secret), ...fields });
}

describe("a keys file", () => {
  test("has the key that was added, and not its secret", async () => {
    const file = keysFile();
    const secret = newSecret();
    await addKey(file, entry("alice", secret, { weight: 3, limits: { "requests-per-minute": 5 } }));
    const [alice] = readKeyFile(file);
    assert.deepEqual([alice?.name, alice?.weight, alice?.limits], ["alice", 3, { "requests-per-minute": 5 }]);
    assert.ok(!fs.readFileSync(file, "utf8").includes(secret));
  });

  test("is for its owner's eyes only, also where it was not before", async () => {
    const file = keysFile("keys: []\n");
    fs.chmodSync(file, 0o644);
    await addKey(file, entry("alice", "a"));
    assert.equal(fs.statSync(file).mode & 0o777, 0o600);
  });

  test("is not read where everybody may write to it, and is mended when a key is added", async () => {
    const file = keysFile("keys: []\n");
    fs.chmodSync(file, 0o666);
    assert.throws(() => readKeyFile(file), /everybody may write to it, and make a key: chmod o-w/);
    await addKey(file, entry("alice", "a"));
    assert.equal(readKeyFile(file).length, 1);
  });

  test("keeps its keys where they are an alias", async () => {
    const text = `keys: &all [{ name: alice, hash: "${hashOf("a")}" }]\n`;
    const file = keysFile(text.replace("&all", "*all"));
    await assert.rejects(addKey(file, entry("bob", "b")), { code: "invalid_argument" });
    assert.match(fs.readFileSync(file, "utf8"), /alice/);
  });

  test("keeps what people wrote beside the keys", async () => {
    const file = keysFile(`# who asks\nkeys:\n  # the first\n  - name: alice\n    hash: ${hashOf("a")}\n`);
    await addKey(file, entry("bob", "b"));
    await removeKey(file, "bob");
    assert.match(fs.readFileSync(file, "utf8"), /# who asks[\s\S]*# the first[\s\S]*alice/);
    assert.deepEqual(
      readKeyFile(file).map(({ name }) => name),
      ["alice"],
    );
  });

  test("has all keys that are added at the same time", async () => {
    const file = keysFile();
    const names = Array.from({ length: 12 }, (_, i) => `k${i}`);
    await Promise.all(names.map((name) => addKey(file, entry(name, newSecret()))));
    assert.deepEqual(
      readKeyFile(file)
        .map(({ name }) => name)
        .sort(),
      names.sort(),
    );
    assert.ok(!fs.existsSync(`${file}.lock`));
  });

  test("does not get a key back that is revoked while another is added", async () => {
    const file = keysFile();
    await addKey(file, entry("victim", newSecret()));
    await Promise.all([removeKey(file, "victim"), addKey(file, entry("other", newSecret()))]);
    assert.deepEqual(
      readKeyFile(file).map(({ name }) => name),
      ["other"],
    );
  });

  test("stays where a link leads, and readable for its group", async () => {
    const file = keysFile();
    await addKey(file, entry("alice", newSecret()));
    fs.chmodSync(file, 0o640);
    const link = `${file}.link`;
    fs.symlinkSync(file, link);
    await addKey(link, entry("bob", newSecret()));
    assert.ok(fs.lstatSync(link).isSymbolicLink());
    assert.equal(readKeyFile(file).length, 2);
    assert.equal(fs.statSync(file).mode & 0o777, 0o640);
  });

  test("has no name twice", async () => {
    const file = keysFile();
    await addKey(file, entry("alice", "a"));
    await assert.rejects(addKey(file, entry("alice", "b")), /has a key alice already/);
  });

  test("says which keys there are where one is missing", async () => {
    const file = keysFile();
    await addKey(file, entry("alice", "a"));
    await assert.rejects(removeKey(file, "alise"), /has no key alise; it has alice/);
  });

  const hash = hashOf("a");
  for (const [content, message] of [
    ["keys: 3", /keys must be a list/],
    ["kees: []", /expected "keys:"/],
    ["- a", /expected "keys:"/],
    ["keys: [", /not valid YAML/],
    ["keys: [{ name: alice }]", /keys\.0\.hash: expected sha256/],
    [`keys: [{ name: "a b", hash: "${hash}" }]`, /keys\.0\.name: expected 1 to 64 letters/],
    [`keys: [{ name: a, hash: "${hash}", wait: 3 }]`, /keys\.0: expected no wait/],
    [`keys: [{ name: a, hash: "${hash}", weight: 0 }]`, /keys\.0\.weight: expected a number from 0\.001/],
    [`keys: [{ name: a, hash: "${hash}", priority: urgent }]`, /expected one of high, normal, low/],
    [`keys: [{ name: a, hash: "${hash}", limits: { concurrency: 0 } }]`, /expected a whole number from 1/],
    [`keys: [{ name: a, hash: "${hash}" }, { name: a, hash: "${hash}" }]`, /the name a is there twice/],
    [`keys: [{ name: a, hash: "${hash}", expires: soon }]`, /expected a time such as/],
    [`keys: [{ name: a, hash: "${hash}", expires: 2027-02-30T00:00:00Z }]`, /expected a time such as/],
    [`keys: [{ name: a, hash: "${hash}" }, { name: b, hash: "${hash}" }]`, /keys\.1: b is the same key as a/],
    ["keys: *none", /an alias \(\*name\) that can't be followed/],
  ] as const) {
    test(`is refused where it is ${content.replaceAll(/[0-9a-f]{64}/g, "…")}`, async () => {
      assert.throws(
        () => readKeyFile(keysFile(content)),
        (error: Error) => {
          assert.match(error.message, message);
          assert.ok(!error.message.includes(hash) && !error.message.includes("\n"));
          return true;
        },
      );
    });
  }
});

describe("a key ring", () => {
  test("without keys lets everybody in", () => {
    assert.equal(new KeyRing().identify("", 0).id, "");
  });

  test("with a keys file without keys lets nobody in", async () => {
    const ring = new KeyRing();
    ring.reload([], keysFile("keys: []"));
    assert.throws(() => ring.identify("", 0), { code: "invalid_api_key" });
  });

  test("knows a key of the file with all that it may", async () => {
    const file = keysFile();
    await addKey(file, entry("alice", "a", { priority: "high", admin: true, limits: { concurrency: 2 } }));
    const ring = new KeyRing();
    ring.reload(["flag"], file);
    const { id, priority, isAdmin, limits } = ring.identify("a", 0);
    assert.deepEqual([id, priority, isAdmin, limits.concurrency], ["alice", "high", true, 2]);
    assert.deepEqual(ring.identify("flag", 0).isAdmin, false);
  });

  test("knows neither a hash nor a secret that is longer", async () => {
    const ring = new KeyRing(["a"]);
    for (const wrong of [hashOf("a"), "a ", "aa", ""])
      assert.throws(() => ring.identify(wrong, 0), { code: "invalid_api_key" });
  });

  test("compares all hashes by timingSafeEqual, wherever the right one stands, and if none is right", (context) => {
    const compared = context.mock.method(crypto, "timingSafeEqual");
    syncBuiltinESMExports();
    context.after(() => {
      compared.mock.restore();
      syncBuiltinESMExports();
    });
    const ring = new KeyRing(["first", "second", "last"]);
    for (const [secret, isKnown] of [
      ["first", true],
      ["last", true],
      ["wrong", false],
    ] as const) {
      compared.mock.resetCalls();
      if (isKnown) ring.identify(secret, 0);
      else assert.throws(() => ring.identify(secret, 0));
      assert.equal(compared.mock.callCount(), 3, secret);
    }
  });

  test("does not let a key in after it has expired", async () => {
    const file = keysFile();
    await addKey(file, entry("alice", "a", { expires: "2027-01-01T00:00:00Z" }));
    const ring = new KeyRing();
    ring.reload([], file);
    assert.equal(ring.identify("a", Date.parse("2026-12-31T23:59:59Z")).id, "alice");
    assert.throws(() => ring.identify("a", Date.parse("2027-01-01T00:00:00Z")), /has expired, at 2027/);
  });

  test("forgets a revoked key when it reads the file again", async () => {
    const file = keysFile();
    await addKey(file, entry("alice", "a"));
    const ring = new KeyRing();
    ring.reload([], file);
    await removeKey(file, "alice");
    assert.equal(ring.identify("a", 0).id, "alice");
    ring.reload([], file);
    assert.throws(() => ring.identify("a", 0), { code: "invalid_api_key" });
  });

  test("keeps its keys where the file is wrong", async () => {
    const file = keysFile();
    await addKey(file, entry("alice", "a"));
    const ring = new KeyRing();
    ring.reload([], file);
    fs.writeFileSync(file, "keys: 3");
    assert.throws(() => ring.reload([], file));
    assert.equal(ring.identify("a", 0).id, "alice");
  });
});

test("a new secret has 256 bits", () => {
  const secrets = new Set(Array.from({ length: 100 }, newSecret));
  assert.equal(secrets.size, 100);
  for (const secret of secrets) assert.match(secret, /^sk-weir-[A-Za-z0-9_-]{43}$/);
});
