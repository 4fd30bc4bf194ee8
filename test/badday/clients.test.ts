import assert from "node:assert/strict";
import { once } from "node:events";
import { after, before, beforeEach, describe, test } from "node:test";
import { chatText, getText, RawClient } from "../support/raw-client.js";
import { BadDayServer, crowdOf, type Footprint } from "./bad-day-server.js";
import { clientProcess, reportOf, slowReader } from "./clients.js";

/** Some hundred steps. */
const long = "endless ".repeat(400);
const maxConnections = 96;

describe("a server on a bad day", () => {
  let server: BadDayServer;
  let atRest: Footprint;
  before(async () => {
    server = await BadDayServer.start(
      ...["--parallel", "4", "--ctx-size", "4096", "--alias", "echo", "--log-level", "warn"],
      ...["--max-connections", String(maxConnections), "--keep-alive-timeout", "1s"],
      ...["--headers-timeout", "1s", "--request-timeout", "3s", "--idle-timeout", "2s"],
    );
  });
  after(() => server.weir.end("SIGKILL"));
  beforeEach(async () => {
    atRest = await server.footprint();
  });

  test("loses nothing to clients that are killed while they read", async () => {
    const children = Array.from({ length: 3 }, () => clientProcess(server.url, 20, "streams"));
    const ended = children.map((child) => once(child, "exit"));
    await server.holds({ open: 60, busySlots: 4 });
    for (const child of children) child.kill("SIGKILL");
    await Promise.all(ended);
    await server.isAsBefore(atRest);
  });

  test("ends answers and connections of clients that stop reading and never close", async () => {
    const stopped = await Promise.all([
      ...Array.from({ length: 4 }, () =>
        slowReader(server.url, chatText(long, { stream: true }), { stopped: true }),
      ),
      ...Array.from({ length: 4 }, () =>
        slowReader(server.url, getText("/openapi.json").repeat(300), { stopped: true }),
      ),
    ]);
    await server.isAsBefore(atRest, 20_000);
    for (const socket of stopped) socket.destroy();
  });

  test("ends answers and connections of clients that read a byte a second", async () => {
    const readers = await Promise.all([
      ...Array.from({ length: 4 }, () => slowReader(server.url, chatText(long, { stream: true }))),
      ...Array.from({ length: 4 }, () => slowReader(server.url, getText("/openapi.json").repeat(300))),
    ]);
    await server.answers();
    await server.isAsBefore(atRest, 20_000);
    for (const socket of readers) socket.destroy();
  });

  test("ends connections that stop before their headers end, and their clients never close", async () => {
    const crowd = await crowdOf(40, server.url, "POST /v1/chat/completions HTTP/1.1\r\nhost: we");
    await Promise.all(crowd.map((client) => client.has('"code":"request_timeout"')));
    await server.isAsBefore(atRest);
    for (const { socket } of crowd) socket.destroy();
  });

  test("ends connections whose headers drip", async () => {
    const crowd = await crowdOf(40, server.url, "GET /health HTTP/1.1\r\nx-drop: ");
    const dripping = setInterval(() => {
      for (const client of crowd) client.send("s");
    }, 100);
    const replies = await Promise.all(crowd.map((client) => client.all()));
    clearInterval(dripping);
    for (const reply of replies) assert.match(reply, /^HTTP\/1\.1 408 /);
    await server.isAsBefore(atRest);
  });

  test("ends connections whose bodies stop half way", async () => {
    const crowd = await crowdOf(40, server.url, chatText(long).slice(0, -100));
    for (const reply of await Promise.all(crowd.map((client) => client.all())))
      assert.match(reply, /^HTTP\/1\.1 408 /);
    await server.isAsBefore(atRest);
  });

  test("answers what is pipelined in its order, each as a whole", async () => {
    const client = await RawClient.connect(server.url);
    const chat = (content: string, fields: object = {}) => chatText(content, fields);
    client.send(
      [
        chat("first"),
        getText("/health"),
        chat("third", { stream: true }),
        getText("/nowhere"),
        chat("fifth"),
      ].join(""),
    );
    const replies = (await client.all()).split(/(?=HTTP\/1\.1 \d)/);
    const expected = [
      /"content":"first"/,
      /"status":"ok"/,
      /"content":"third"[\s\S]*data: \[DONE\]\n\n\r\n0\r\n\r\n$/,
      /"code":"route_not_found"/,
      /"content":"fifth"/,
    ];
    assert.equal(replies.length, expected.length, replies.join());
    for (const [index, pattern] of expected.entries()) assert.match(replies[index] ?? "", pattern);
    await server.isAsBefore(atRest);
  });

  test("takes a client that closes its half for one that has left", async () => {
    const crowd = await crowdOf(12, server.url, chatText(long, { stream: true }));
    await server.holds({ open: 12 });
    for (const { socket } of crowd) socket.end();
    await Promise.all(crowd.map((client) => client.all()));
    await server.isAsBefore(atRest);
  });

  test("answers who is connected while 5,000 others knock", async () => {
    const held = await crowdOf(8, server.url, chatText(long, { stream: true }));
    const idle = await crowdOf(maxConnections - held.length, server.url, "");
    const dripping = setInterval(() => {
      for (const client of idle) client.send(getText("/health"));
    }, 300);
    const report = await reportOf(clientProcess(server.url, 5_000, "crowd"));
    clearInterval(dripping);
    assert.equal(report.closed + report.refused + report.served, 5_000);
    assert.ok(report.refused > 0 && report.served === 0, JSON.stringify(report));
    for (const client of held) {
      await client.has("data: [DONE]");
      client.socket.destroy();
    }
    for (const client of idle) assert.doesNotMatch(await client.all(), /HTTP\/1\.1 [45]/);
    await server.isAsBefore(atRest);
  });
});
