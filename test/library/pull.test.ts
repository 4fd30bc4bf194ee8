import assert from "node:assert/strict";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, afterEach, before, beforeEach, describe, test } from "node:test";
import { codeOf } from "#weir/errors.js";
import { Catalog } from "#weir/library/catalog.js";
import type { HubOptions } from "#weir/library/hub-request.js";
import { type PulledModel, pullModel } from "#weir/library/pull.js";
import type { PullProgress } from "#weir/library/pull-progress.js";
import { readRecord } from "#weir/library/pull-record.js";
import { wantedModel } from "#weir/library/wanted-files.js";
import { HubServer, sha256 } from "./hub-server.js";
import { randomBytes } from "./random-content.js";

/** As node-llama-cpp's downloader cuts a file. */
const chunkBytes = 5 * 2 ** 20;
const content = randomBytes(7, 3 * chunkBytes + 12_345);
const reference = "hf:org/model-GGUF/model-Q8_0.gguf";
const name = "org/model-GGUF/model-Q8_0.gguf";

let server: HubServer;
let folder = "";
before(async () => {
  server = await HubServer.start();
});
after(() => server.close());
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "weir-pull-"));
  server.reset();
  server.add(name, content);
});
afterEach(() => fs.rmSync(folder, { recursive: true }));

const noProgress: PullProgress = { onFile: () => {}, onBytes: () => {}, onWait: () => {}, onRetry: () => {} };

interface PullOptions {
  readonly hub?: Partial<HubOptions>;
  readonly progress?: Partial<PullProgress>;
}

function pull(text = reference, { hub = {}, progress = {} }: PullOptions = {}): Promise<PulledModel> {
  const signal = new AbortController().signal;
  const options = { endpoint: server.url, token: null, timeoutMs: 400, retryDelayMs: 10, signal, ...hub };
  return pullModel(wantedModel(text, new Catalog([folder])), folder, options, { ...noProgress, ...progress });
}

/** Every model that somebody could load. */
function models(): string[] {
  const all = fs.readdirSync(folder, { recursive: true, encoding: "utf8" });
  return all.filter((file) => file.endsWith(".gguf") && !file.startsWith(".pulls")).sort();
}

function isRight(pulled: PulledModel): void {
  assert.ok(fs.readFileSync(pulled.path).equals(content), "the file differs");
  assert.equal(fs.existsSync(path.join(folder, ".pulls", name.replaceAll("/", "--"))), false);
}

async function refused(pulling: Promise<unknown>, message: RegExp): Promise<void> {
  await assert.rejects(pulling, (error) => {
    assert.equal(codeOf(error), "pull_failed", String(error));
    assert.match(String(error), message);
    return true;
  });
  assert.deepEqual(models(), []);
}

describe("a pull", () => {
  test("brings the file, and a record of what it is", async () => {
    const pulled = await pull();
    isRight(pulled);
    assert.equal(pulled.path, path.join(folder, name));
    const record = await readRecord(pulled.path);
    const { source, bytes, sha256: hash, comparedWith } = record ?? {};
    assert.deepEqual(
      { source, bytes, hash, comparedWith },
      { source: reference, bytes: content.length, hash: sha256(content), comparedWith: "server" },
    );
  });

  test("tells how far it is, forward only, to the end", async () => {
    const told: number[] = [];
    await pull(reference, {
      progress: { onBytes: (phase, bytes) => phase === "pulling" && told.push(bytes) },
    });
    assert.deepEqual(
      told,
      [...told].sort((a, b) => a - b),
    );
    assert.equal(told.at(-1), content.length);
  });

  test("finds a quantization in the repository's listing, in any case", async () => {
    isRight(await pull("hf:org/model-GGUF:q8_0"));
  });

  test("takes the one file of a repository that has only one", async () => {
    isRight(await pull("hf:org/model-GGUF"));
  });

  test("of what is there already asks nobody again", async () => {
    await pull();
    server.reset();
    const again = await pull();
    assert.deepEqual([again.keptFiles, server.requests], [1, []]);
  });

  test("works where the server sends the bytes itself", async () => {
    server.faults = { hasNoStorage: true };
    isRight(await pull());
  });

  test("works without ranges", async () => {
    server.faults = { hasNoRanges: true };
    isRight(await pull());
  });

  test("works without a checksum, and its record says so", async () => {
    server.faults = { hasNoChecksums: true };
    const pulled = await pull();
    isRight(pulled);
    assert.equal((await readRecord(pulled.path))?.comparedWith, "nothing");
  });

  test("takes a file that somebody has put there, where it is the same", async () => {
    fs.mkdirSync(path.join(folder, "org/model-GGUF"), { recursive: true });
    fs.writeFileSync(path.join(folder, name), content);
    isRight(await pull());
    assert.equal(server.downloads.length, 0);
  });

  test("leaves a file alone that is another one", async () => {
    fs.mkdirSync(path.join(folder, "org/model-GGUF"), { recursive: true });
    fs.writeFileSync(path.join(folder, name), "mine");
    await assert.rejects(pull(), /is there, and is not hf:.*weir models rm/);
    assert.equal(fs.readFileSync(path.join(folder, name), "utf8"), "mine");
  });

  test("of two at the same time waits for the first", async () => {
    const waits: string[] = [];
    const progress = { onWait: (holder: string) => void waits.push(holder) };
    const both = await Promise.all([pull(reference, { progress }), pull(reference, { progress })]);
    for (const pulled of both) isRight(pulled);
    assert.deepEqual([waits.length, server.downloads.filter(({ range }) => range === null).length], [1, 1]);
  });

  /** Of a process that is not there. */
  function writeLock(silentSeconds: number): string {
    fs.mkdirSync(path.join(folder, ".pulls"));
    const lock = path.join(folder, ".pulls", `${name.replaceAll("/", "--")}.lock`);
    fs.writeFileSync(lock, `${2 ** 22 + 1} ${os.hostname()} token`);
    const touchedAt = Date.now() / 1000 - silentSeconds;
    fs.utimesSync(lock, touchedAt, touchedAt);
    return lock;
  }

  test("does not wait for a process that is gone, and two take its lock one after the other", async () => {
    const lock = writeLock(20);
    for (const pulled of await Promise.all([pull(), pull()])) isRight(pulled);
    const whole = server.downloads.filter(({ range }) => range === null);
    assert.deepEqual([whole.length, fs.existsSync(lock)], [1, false]);
  });

  test("waits for a process of another container, which has this host's name and was there just now", async () => {
    const lock = writeLock(0);
    const leaving = new AbortController();
    const holders: string[] = [];
    const onWait = (holder: string) => {
      holders.push(holder);
      leaving.abort();
    };
    const pulling = pull(reference, { hub: { signal: leaving.signal }, progress: { onWait } });
    await assert.rejects(pulling, { name: "AbortError" });
    assert.deepEqual([holders, fs.existsSync(lock)], [[`${2 ** 22 + 1} ${os.hostname()}`], true]);
  });
});

/** The first one asks how large the file is; of the three that fetch it two bring what they should. */
function afterTwoConnections(attempt: number): number | undefined {
  return attempt > 3 ? 0 : undefined;
}

describe("a pull that stops", () => {
  test("goes on where it was, in another process too", async () => {
    server.faults = { stallAfter: afterTwoConnections };
    const leaving = new AbortController();
    const progress = {
      onBytes: (_: string, bytes: number) => {
        if (bytes < 2 * chunkBytes) return;
        // What has arrived is noted as well by then.
        setTimeout(() => leaving.abort(new Error("left")), 200);
      },
    };
    await assert.rejects(pull(reference, { hub: { signal: leaving.signal }, progress }), /left/);
    assert.deepEqual(models(), []);

    server.reset();
    const told: number[] = [];
    isRight(await pull(reference, { progress: { onBytes: (_, bytes) => void told.push(bytes) } }));
    assert.ok((told[0] ?? 0) >= chunkBytes, `it began at ${told[0]}`);
  });

  test("begins again where the file has become another one", async () => {
    server.faults = { stallAfter: afterTwoConnections };
    await assert.rejects(pull(), /stopped/);
    const other = randomBytes(8, content.length);
    server.reset();
    server.add(name, other);
    const pulled = await pull();
    assert.ok(fs.readFileSync(pulled.path).equals(other));
  });

  test("is tried again where the connection is cut", async () => {
    server.faults = { cutAfter: (attempt) => (attempt > 1 && attempt < 5 ? 1_000_000 : undefined) };
    isRight(await pull());
  });

  test("is tried again where the server stands still", async () => {
    const retries: string[] = [];
    server.faults = { stallAfter: (attempt) => (attempt > 1 && attempt < 5 ? 1_000_000 : undefined) };
    isRight(await pull(reference, { progress: { onRetry: (reason) => void retries.push(reason) } }));
    assert.match(retries[0] ?? "", /no byte has come for 0\.4 s/);
  });

  test("is tried again with a new link where the old one has run out", async () => {
    server.faults = { storageStatus: (attempt) => (attempt > 1 && attempt < 4 ? 403 : undefined) };
    isRight(await pull());
    assert.ok(server.requests.filter(({ method }) => method === "HEAD").length > 1);
  });

  test("fails after three times without a byte, and says what to do", async () => {
    server.faults = { stallAfter: () => 0 };
    await refused(
      pull(),
      /stopped at 0 bytes of 15\.7 MB: no byte has come for 0\.4 s, 3 times; the same command goes on/,
    );
  });

  test("fails where the storage cuts every time", async () => {
    server.faults = { cutAfter: () => 1000 };
    await refused(pull(), /stopped at .* 3 times/);
  });

  test("fails where ranges are promised and not kept", async () => {
    server.faults = { ignoresRanges: true };
    await refused(pull(), /stopped at/);
  });

  test("fails where the storage says no", async () => {
    server.faults = { storageStatus: () => 403 };
    await refused(pull(), /stopped at .*403/);
  });
});

describe("a wrong file", () => {
  test("is never there, and the next pull begins again", async () => {
    server.faults = { corruptAt: () => chunkBytes + 1 };
    await refused(pull(), /has not the SHA-256 that it must have/);
    server.faults = {};
    isRight(await pull());
  });

  test("that came of a beginning which was wrong is fetched once more", async () => {
    server.faults = { corruptAt: () => 2 * chunkBytes + 1, stallAfter: afterTwoConnections };
    await assert.rejects(pull(), /stopped/);
    server.reset();
    const retries: string[] = [];
    isRight(await pull(reference, { progress: { onRetry: (reason) => void retries.push(reason) } }));
    assert.match(retries.join(), /fetched again from its beginning/);
  });

  test("is told by its size where there is no checksum", async () => {
    server.faults = { hasNoChecksums: true, hasNoRanges: true, endsAfter: 1_000_000 };
    await refused(pull(), /has not the 15740985 bytes that it must have/);
    server.faults = {};
    isRight(await pull());
  });

  test("is not fetched where the sizes differ that the server tells", async () => {
    for (const sizeLie of [-1000, 1000]) {
      server.faults = { sizeLie };
      await refused(pull(), /has \d+ bytes, and not the \d+ that it was said to have/);
    }
  });
});

describe("a server that refuses", () => {
  const only = (status: number) => ({ hubStatus: () => status, retryAfterSeconds: 45 });
  for (const [status, message] of [
    [401, /answers 401.*no such repository, or it is private or gated: then set HF_TOKEN/],
    [403, /answers 403.*licence/],
    [404, /answers 404.*no such repository or file/],
    [429, /answers 429.*too many requests, try again in 45 s/],
    [500, /answers 500.*try again later/],
  ] as const) {
    test(`with ${status} is told of in one line`, async () => {
      server.faults = only(status);
      await refused(pull("hf:org/model-GGUF:Q8_0"), message);
    });
  }

  test("once is asked again", async () => {
    server.faults = { hubStatus: (_, attempt) => (attempt === 1 ? 503 : undefined) };
    isRight(await pull());
  });

  test("to be reached is named", async () => {
    await refused(
      pull(reference, { hub: { endpoint: "http://127.0.0.1:9" } }),
      /127\.0\.0\.1:9 can't be reached/,
    );
  });

  test("that is none is told", async () => {
    server.faults = { hubStatus: () => 200 };
    await refused(pull("hf:org/model-GGUF:Q8_0"), /does not answer like Hugging Face/);
    await refused(pull(), /does not answer like Hugging Face/);
  });
});

test("a repository that was renamed is found by its old name", async () => {
  server.faults = { renamed: { "org/old-GGUF": "org/model-GGUF" }, token: "hf_secret" };
  const pulled = await pull("hf:org/old-GGUF:Q8_0", { hub: { token: "hf_secret" } });
  assert.ok(fs.readFileSync(pulled.path).equals(content));
});

test("a listing that has no end is refused, and not taken for a whole one", async () => {
  server.faults = { listsForEver: true };
  await refused(pull("hf:org/model-GGUF:Q8_0"), /its listing has more than 50 pages/);
});

describe("a listing that is cut", () => {
  test("is asked for again", async () => {
    server.faults = { cutsListing: (attempt) => attempt < 3 };
    isRight(await pull("hf:org/model-GGUF:Q8_0"));
  });

  test("every time is told of as a connection that fails", async () => {
    server.faults = { cutsListing: () => true };
    await refused(pull("hf:org/model-GGUF:Q8_0"), /can't be reached/);
  });
});

describe("the token", () => {
  test("goes to the endpoint, and never to the storage", async () => {
    server.faults = { token: "hf_secret" };
    isRight(await pull("hf:org/model-GGUF:Q8_0", { hub: { token: "hf_secret" } }));
    const sent = new Set(server.requests.map(({ server: to, authorization }) => `${to} ${authorization}`));
    assert.deepEqual(sent, new Set(["hub Bearer hf_secret", "storage null"]));
  });

  test("never goes to a storage that only a GET is redirected to", async () => {
    server.faults = { token: "hf_secret", redirectsOnlyGet: true };
    isRight(await pull(reference, { hub: { token: "hf_secret" } }));
    assert.ok(server.downloads.length > 0);
    assert.deepEqual(new Set(server.downloads.map(({ authorization }) => authorization)), new Set([null]));
  });

  test("goes along where the endpoint sends the bytes itself", async () => {
    server.faults = { token: "hf_secret", hasNoStorage: true };
    isRight(await pull(reference, { hub: { token: "hf_secret" } }));
  });

  test("that is wrong is told of without being shown", async () => {
    server.faults = { token: "hf_secret" };
    const pulling = pull(reference, { hub: { token: "hf_wrong" } });
    await assert.rejects(
      pulling,
      (error) => /HF_TOKEN is wrong/.test(String(error)) && !/hf_wrong/.test(String(error)),
    );
  });
});

describe("a split model", () => {
  const parts = [1, 2].map((part) => `org/split-GGUF/Q8_0/split-Q8_0-0000${part}-of-00002.gguf`);

  test("is pulled with all its parts, in whatever way the server sends them", async () => {
    for (const [index, part] of parts.entries()) server.add(part, randomBytes(index, 6 * 2 ** 20));
    for (const hasNoStorage of [false, true]) {
      server.faults = { hasNoStorage };
      const pulled = await pull("hf:org/split-GGUF:Q8_0");
      assert.deepEqual([models(), pulled.files, pulled.path], [parts, 2, path.join(folder, parts[0] ?? "")]);
      for (const [index, part] of parts.entries()) {
        assert.ok(fs.readFileSync(path.join(folder, part)).equals(randomBytes(index, 6 * 2 ** 20)));
      }
      fs.rmSync(path.join(folder, "org"), { recursive: true });
    }
  });

  test("is refused where the repository lacks a part", async () => {
    for (const [index, part] of parts.entries()) server.add(part, randomBytes(index, 100));
    server.remove(parts[1] ?? "");
    await refused(
      pull("hf:org/split-GGUF:Q8_0"),
      /the part Q8_0\/split-Q8_0-00002-of-00002\.gguf of the model is missing/,
    );
  });
});

test("a name that looks like a part of none is a file's like any other", async () => {
  await refused(pull("hf:org/model-GGUF/model-00001-of-00000.gguf"), /no such repository or file/);
});

test("a quantization that a repository does not have is told with those that it has", async () => {
  await assert.rejects(pull("hf:org/model-GGUF:Q8_1"), (error) => {
    assert.equal(codeOf(error), "invalid_argument");
    assert.match(
      String(error),
      /no quantization "Q8_1"; did you mean "hf:org\/model-GGUF:Q8_0"\? it has Q8_0/,
    );
    return true;
  });
});

test("a pull that the disk has no room for is refused before it begins", async () => {
  fs.writeFileSync(
    path.join(folder, "huge.yaml"),
    manifestText("huge", `{ name: model-Q8_0.gguf, bytes: ${content.length} }`),
  );
  const { bavail, bsize } = fs.statfsSync(folder);
  server.faults = { sizeLie: bavail * bsize };
  await refused(pull(), /are to be pulled, and \/\S+ has room for/);
  assert.equal(server.downloads.length, 0);
});

describe("a manifest", () => {
  const write = (file: string) =>
    fs.writeFileSync(path.join(folder, "mine.yaml"), manifestText("mine", file));

  test("says which file is pulled, and what its checksum must be", async () => {
    write(`{ name: model-Q8_0.gguf, bytes: ${content.length}, sha256: "${sha256(content)}" }`);
    const pulled = await pull("mine:Q8_0");
    isRight(pulled);
    assert.equal((await readRecord(pulled.path))?.comparedWith, "manifest");
  });

  test("is believed more than the server", async () => {
    write(`{ name: model-Q8_0.gguf, sha256: "${"0".repeat(64)}" }`);
    await refused(pull("mine"), /has the SHA-256 [0-9a-f]{64}, and not 0{64}, which it should have/);
    write("{ name: model-Q8_0.gguf, bytes: 17 }");
    await refused(pull("mine"), /has \d+ bytes, and not the 17 that it should have/);
  });
});

function manifestText(model: string, file: string): string {
  return `name: ${model}
description: a model of a test
trained-context: 2048
kv-cache: { layers: 2, kv-heads: 1, key-length: 64, value-length: 64 }
default: Q8_0
variants:
  Q8_0: { repository: org/model-GGUF, files: [${file}] }
`;
}
