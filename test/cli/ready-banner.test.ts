import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import type { BoundAddress } from "#weir/cli/listener.js";
import { type ReadyServer, readyBanner } from "#weir/cli/ready-banner.js";

function on(host: string): BoundAddress {
  return { scheme: "http", host, port: 18_789 };
}

const echo = { id: "echo-q4_0", kind: "generation", context: "8 slots × 8192 tokens" } as const;

function readyServer(changes: Partial<ReadyServer> = {}): ReadyServer {
  return {
    addresses: [on("127.0.0.1")],
    models: [echo],
    apiKey: null,
    ...changes,
  };
}

/** The words that a shell makes of the banner's curl line. */
function curlWords(server: ReadyServer): string[] {
  const line = readyBanner(server)
    .split("\n")
    .find((text) => text.startsWith("curl "));
  assert.ok(line !== undefined);
  const script = `set -- ${line}; printf '%s\\n' "$@"`;
  return execFileSync("sh", ["-c", script], { encoding: "utf8", env: { WEIR_API_KEY: "secret" } })
    .trimEnd()
    .split("\n");
}

test("it names the address, the model, and slots × context", () => {
  const banner = readyBanner(readyServer());
  assert.match(banner, /http:\/\/127\.0\.0\.1:18789\n/);
  assert.match(banner, /model +echo-q4_0\n/);
  assert.match(banner, /8 slots × 8192 tokens\n/);
});

test("of several models it names all, and tries the first", () => {
  const other = { ...echo, id: "other", context: "1 slot" };
  const server = readyServer({ models: [echo, other] });
  assert.match(readyBanner(server), /model +echo-q4_0\n.*\n +model +other\n +context +1 slot\n/);
  assert.equal(JSON.parse(curlWords(server).at(-1) ?? "").model, "echo-q4_0");
});

test("the curl line asks for a chat completion", () => {
  assert.deepEqual(curlWords(readyServer()), [
    "curl",
    "http://127.0.0.1:18789/v1/chat/completions",
    "-H",
    "content-type: application/json",
    "-d",
    '{"model":"echo-q4_0","messages":[{"role":"user","content":"Hello, Weir!"}]}',
  ]);
});

test("the curl line asks an embedding model for a vector", () => {
  const words = curlWords(readyServer({ models: [{ ...echo, kind: "embedding" }] }));
  assert.equal(words[1], "http://127.0.0.1:18789/v1/embeddings");
  assert.deepEqual(JSON.parse(words.at(-1) ?? ""), { model: "echo-q4_0", input: "Hello, Weir!" });
});

test("a server on every interface is reached through loopback", () => {
  assert.equal(
    curlWords(readyServer({ addresses: [on("0.0.0.0")] }))[1],
    "http://127.0.0.1:18789/v1/chat/completions",
  );
  assert.equal(
    curlWords(readyServer({ addresses: [on("::")] }))[1],
    "http://[::1]:18789/v1/chat/completions",
  );
});

test("a key is read from the variable and never printed", () => {
  assert.ok(curlWords(readyServer({ apiKey: { shown: null } })).includes("authorization: Bearer secret"));
});

test("a model name with a quote survives the shell", () => {
  const body = curlWords(readyServer({ models: [{ ...echo, id: "the team's" }] })).at(-1) ?? "";
  assert.equal(JSON.parse(body).model, "the team's");
});

test("the curl line has the key itself where the reader may see it", () => {
  assert.ok(curlWords(readyServer({ apiKey: { shown: "sk-'1" } })).includes("authorization: Bearer sk-'1"));
});

test("all addresses are named, and the curl line takes the first, a socket too", () => {
  const server = readyServer({ addresses: [{ scheme: "http", socketPath: "/run/weir.sock" }, on("::1")] });
  assert.match(readyBanner(server), /ready on unix:\/run\/weir\.sock, http:\/\/\[::1\]:18789\n/);
  assert.deepEqual(curlWords(server).slice(0, 4), [
    ...["curl", "--unix-socket", "/run/weir.sock"],
    "http://localhost/v1/chat/completions",
  ]);
});

test("a server with a certificate is asked over HTTPS", () => {
  const server = readyServer({ addresses: [{ ...on("127.0.0.1"), scheme: "https" }] });
  assert.equal(curlWords(server)[1], "https://127.0.0.1:18789/v1/chat/completions");
});
