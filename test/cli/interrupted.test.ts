import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs";
import http from "node:http";
import type { AddressInfo } from "node:net";
import os from "node:os";
import path from "node:path";
import { text } from "node:stream/consumers";
import { after, before, describe, test } from "node:test";
import { mainPath } from "./weir.js";

// What Ctrl-C and Ctrl-D do to commands that wait.

const hasScript = spawnSync("script", ["--version"]).status === 0;

describe("a command that is interrupted while a server lets it wait", () => {
  const asked: (string | undefined)[] = [];
  const server = http.createServer((request, response) => {
    asked.push(request.url);
    if (request.method === "POST") {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write(": it begins\n\n");
    }
    // The first byte of an answer is left open otherwise.
    server.emit("asked");
  });
  let url = "";
  before(async () => {
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`; // a port's address is of this kind
  });
  after(() => {
    server.closeAllConnections();
    server.close();
  });

  async function interrupted(commandLine: readonly string[], signal: NodeJS.Signals) {
    const reached = once(server, "asked");
    const stdio = ["ignore", "pipe", "pipe"] as const;
    const child = spawn(process.execPath, [mainPath, ...commandLine], { stdio: [...stdio] });
    const closed = once(child, "close");
    const stderr = child.stderr === null ? Promise.resolve("") : text(child.stderr);
    await reached;
    child.kill(signal);
    const [exitCode] = await closed;
    return { exitCode, stderr: await stderr };
  }

  test("ends with 130 and one line: weir models inspect --remote", async () => {
    const commandLine = ["models", "inspect", "--remote", "hf:o/r:Q8_0", "--hf-endpoint", url];
    assert.deepEqual(await interrupted(commandLine, "SIGINT"), { exitCode: 130, stderr: "weir: stopped\n" });
  });

  for (const [signal, code] of [
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const) {
    test(`ends with ${code} after ${signal}, and says that the swap goes on: weir models swap`, async () => {
      const commandLine = ["models", "swap", "echo", "new.gguf", "--url", `${url}/behind/`];
      const { exitCode, stderr } = await interrupted(commandLine, signal);
      assert.equal(exitCode, code);
      assert.match(stderr, /^weir: it is not watched any more; [^\n]+\n$/);
      assert.equal(asked.at(-1), "/behind/admin/models/echo/swap");
    });
  }
});

describe("weir models swap, watching a server that goes", () => {
  const event = { object: "model.swap.progress", model: "echo", to: "new.gguf", mode: "beside" };
  const loading = { ...event, stage: "loading", progress: 0.4, requests: 0, seconds: 1 };
  const frame = `event: progress\ndata: ${JSON.stringify(loading)}\n\n`;
  for (const [what, status, begun, end, message] of [
    ["dies between two events", 200, frame, "cut", /the server has gone before the swap had an end: /],
    ["dies in the middle of an event", 200, frame.slice(0, 40), "cut", /has gone before the swap had an end/],
    ["ends without a report", 200, frame, "end", /has gone before the swap had an end; GET \/admin\/models/],
    ["sends what is no event", 200, "event: done\ndata: {}\n\n", "end", /is none of Weir's: \{\}\n$/],
    ["dies in the middle of an error", 503, '{"error": {', "cut", /has gone before the swap had an end/],
  ] as const) {
    test(`${what} says so in one line`, async (context) => {
      const server = http.createServer((_, response) => {
        response.writeHead(status, { "content-type": "text/event-stream" });
        response.write(begun, () => {
          if (end === "end") response.end();
          else setTimeout(() => response.socket?.resetAndDestroy(), 50);
        });
      });
      server.listen(0, "127.0.0.1");
      await once(server, "listening");
      context.after(() => server.close());
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`; // a port's address is of this kind
      const commandLine = [mainPath, "models", "swap", "echo", "new.gguf", "--url", url];
      const child = spawn(process.execPath, commandLine, { stdio: ["ignore", "pipe", "pipe"] });
      const [stderr, [exitCode]] = await Promise.all([text(child.stderr), once(child, "close")]);
      assert.equal(exitCode, 1);
      assert.match(stderr, message);
      assert.match(stderr, /^weir: [^\n]+\n$/);
    });
  }
});

describe("weir models rm, asking", { skip: !hasScript }, () => {
  for (const [key, bytes, code, message] of [
    ["Ctrl-C", "\u0003", 130, /\nweir: stopped/],
    ["Ctrl-D", "\u0004", 0, /\nNothing was removed/],
    ["n", "n\r", 0, /\nNothing was removed/],
  ] as const) {
    test(`takes ${key} for no`, async () => {
      const folder = fs.mkdtempSync(path.join(os.tmpdir(), "weir-asking-"));
      const model = path.join(folder, "some.gguf");
      fs.writeFileSync(model, "GGUF");
      const command = `${process.execPath} ${mainPath} models rm --models-dir ${folder} ${model}`;
      const child = spawn("script", ["--quiet", "--return", "--flush", "--command", command, "/dev/null"]);
      let shown = "";
      child.stdout.on("data", (chunk: Buffer) => {
        if (!shown.includes("[y/N]") && `${shown}${chunk}`.includes("[y/N]")) child.stdin.write(bytes);
        shown += chunk;
      });
      const [exitCode] = await once(child, "close");
      assert.equal(exitCode, code, shown);
      assert.match(shown.replaceAll("\r", ""), message);
      assert.ok(fs.existsSync(model));
      fs.rmSync(folder, { recursive: true });
    });
  }
});
