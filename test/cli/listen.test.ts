import assert from "node:assert/strict";
import { once } from "node:events";
import fs from "node:fs";
import http from "node:http";
import https from "node:https";
import net from "node:net";
import os from "node:os";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { projectDirectory } from "../support/models.js";
import { runWeir, WeirProcess } from "./weir.js";

/** Self-signed for localhost and 127.0.0.1, for a hundred years. */
const tlsFolder = path.join(projectDirectory, "test/support/tls");
const certPath = path.join(tlsFolder, "localhost.cert.pem");
const keyPath = path.join(tlsFolder, "localhost.key.pem");

let folder = "";
before(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "weir-listen-"));
});
after(() => fs.rmSync(folder, { recursive: true }));

async function statusOf(request: http.ClientRequest): Promise<number | undefined> {
  const [response]: http.IncomingMessage[] = await once(request.end(), "response");
  response?.resume();
  return response?.statusCode;
}

describe("several addresses", () => {
  const at: string[] = [];
  let socketPath = "";
  let weir: WeirProcess;
  before(async () => {
    socketPath = path.join(folder, "weir.sock");
    const addresses = `127.0.0.1:0,127.0.0.2:0,unix:${socketPath}`;
    const certificate = ["--tls-cert", certPath, "--tls-key", keyPath];
    weir = new WeirProcess("--listen", addresses, ...certificate, "--threads", "1");
    const banner = await weir.ready();
    at.push(...(/ready on (.*)$/m.exec(banner)?.[1] ?? "").split(", "));
  });
  after(() => weir.end("SIGKILL"));

  test("are all served and named by the banner, ports over TLS, the socket without", async () => {
    assert.equal(at[2], `unix:${socketPath}`);
    const ca = fs.readFileSync(certPath);
    for (const [index, host] of ["127.0.0.1", "127.0.0.2"].entries()) {
      const url = new URL(at[index] ?? "");
      assert.deepEqual([url.protocol, url.hostname], ["https:", host]);
      assert.equal(
        await statusOf(https.request(`${url.origin}/health`, { ca, servername: "localhost" })),
        200,
      );
    }
    assert.equal(await statusOf(http.request({ socketPath, path: "/health" })), 200);
  });

  test("let owner and group connect to the socket, and nobody else", () => {
    assert.equal(fs.statSync(socketPath).mode & 0o777, 0o660);
  });

  test("are closed at the end, unused and half agreed connections too, and the socket is removed", async () => {
    const { port, hostname } = new URL(at[0] ?? "");
    const socket = net.connect(Number(port), hostname).on("error", () => {});
    await once(socket, "connect");
    const startMs = performance.now();
    assert.equal(await weir.end("SIGTERM"), 0);
    assert.ok(performance.now() - startMs < 5_000);
    assert.equal(fs.existsSync(socketPath), false);
  });
});

describe("a Unix socket", () => {
  test("that a killed server has left is replaced", async () => {
    const socketPath = path.join(folder, "stale.sock");
    const first = new WeirProcess("--listen", `unix:${socketPath}`);
    await first.logged("Server listening");
    await first.end("SIGKILL");
    assert.ok(fs.existsSync(socketPath));
    const second = new WeirProcess("--listen", `unix:${socketPath}`);
    await second.logged("Server listening");
    assert.equal(await second.end("SIGTERM"), 0);
  });

  test("that another server listens on is left to it, and so is a file", async () => {
    const [taken, file] = [path.join(folder, "taken.sock"), path.join(folder, "file")];
    const holder = net.createServer().listen(taken);
    await once(holder, "listening");
    fs.writeFileSync(file, "precious");
    for (const socketPath of [taken, file]) {
      const { exitCode, stderr } = runWeir([
        "serve",
        "--log-level",
        "silent",
        "--listen",
        `unix:${socketPath}`,
      ]);
      assert.equal(exitCode, 1);
      assert.match(stderr, /^weir: [^\n]* is there already: [^\n]*\n$/);
    }
    assert.equal(fs.readFileSync(file, "utf8"), "precious");
    holder.close();
  });
});

describe("wrong TLS files are refused at the start, with the path and the reason", () => {
  const other = path.join(tlsFolder, "other.key.pem");
  const cases: readonly (readonly [what: string, cert: string, key: string, message: string])[] = [
    [
      "a certificate that is not there",
      "/nowhere.pem",
      keyPath,
      "tls-cert: /nowhere.pem: can't be read: ENOENT",
    ],
    ["no certificate", keyPath, keyPath, `tls-cert: ${keyPath}: not a certificate in PEM: it holds none`],
    ["no key", certPath, certPath, `tls-key: ${certPath}: not a private key without a passphrase in PEM: `],
    [
      "the key of another one",
      certPath,
      other,
      `tls-key: ${other}: not the key of the certificate ${certPath}`,
    ],
  ];
  for (const [what, cert, key, message] of cases) {
    test(what, () => {
      const { exitCode, stderr } = runWeir(["serve", "--tls-cert", cert, "--tls-key", key]);
      assert.equal(exitCode, 2);
      assert.ok(stderr.startsWith(`weir: ${message}`), stderr);
    });
  }
});
