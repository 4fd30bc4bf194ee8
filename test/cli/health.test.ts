import assert from "node:assert/strict";
import { once } from "node:events";
import fs from "node:fs";
import http from "node:http";
import type net from "node:net";
import os from "node:os";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { health } from "#weir/cli/health.js";
import { loadConfig } from "#weir/config/load.js";
import { projectDirectory } from "../support/models.js";
import { runWeir, WeirProcess } from "./weir.js";

const tlsFolder = path.join(projectDirectory, "test/support/tls");

describe("weir health", () => {
  let folder = "";
  let socketPath = "";
  let tls: readonly string[] = [];
  let port = "";
  let weir: WeirProcess;
  before(async () => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "weir-health-"));
    socketPath = path.join(folder, "weir.sock");
    const [cert, key] = ["cert", "key"].map((part) => path.join(tlsFolder, `localhost.${part}.pem`));
    tls = ["--tls-cert", cert ?? "", "--tls-key", key ?? ""];
    const listen = `0.0.0.0:0,unix:${socketPath}`;
    weir = new WeirProcess("--listen", listen, ...tls, "--threads", "1", "--api-key", "sk-one");
    port = /:(\d+)/.exec(await weir.ready())?.[1] ?? "";
  });
  after(async () => {
    await weir.end("SIGKILL");
    fs.rmSync(folder, { recursive: true });
  });

  test("asks without a key where the server listens: over TLS, by its loopback where it has every interface", () => {
    const { exitCode, stdout } = runWeir(["health", "--host", "0.0.0.0", "--port", port, ...tls]);
    assert.deepEqual([exitCode, stdout], [0, `https://0.0.0.0:${port} is ready\n`]);
  });

  test("asks at a Unix socket", () => {
    const { exitCode, stdout } = runWeir(["health", "--listen", `unix:${socketPath}`, ...tls]);
    assert.deepEqual([exitCode, stdout], [0, `unix:${socketPath} is ready\n`]);
  });

  test("fails with one line where another protocol is spoken", () => {
    const { exitCode, stderr } = runWeir(["health", "--port", port]);
    assert.equal(exitCode, 1);
    assert.match(stderr, /^weir: no answer at http:\/\/127\.0\.0\.1:\d+: [^\n]+\n$/);
  });
});

test("a server that is not ready is not healthy, and its own words are told", async () => {
  const body = '{"error":{"code":"model_loading"}}';
  const server = http.createServer((_request, response) => response.writeHead(503).end(body));
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as net.AddressInfo; // of a server that listens on a port
  const config = loadConfig({ flags: { port: String(port) }, environment: {} });
  await assert.rejects(health(config), {
    code: "not_healthy",
    message: `http://127.0.0.1:${port} says 503: ${body}`,
  });
  server.close();
});
