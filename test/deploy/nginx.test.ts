import assert from "node:assert/strict";
import { once } from "node:events";
import fs from "node:fs";
import { after, before, describe, test } from "node:test";
import { loadConfig } from "#weir/config/load.js";
import { WeirProcess } from "../cli/weir.js";
import { deployText } from "./deploy-file.js";
import { Nginx } from "./nginx.js";
import { isInstalled } from "./programs.js";
import { ProxiedClient, type Question } from "./proxied-client.js";

/** Kept alive connections of nginx to this port. */
function connectionsTo(port: number): number {
  const established = "01";
  const rows = fs.readFileSync("/proc/net/tcp", "utf8").trim().split("\n").slice(1);
  return rows.filter((row) => {
    const [, local = "", , state] = row.trim().split(/\s+/);
    return state === established && Number.parseInt(local.split(":")[1] ?? "", 16) === port;
  }).length;
}

/** For what happens a moment later. */
const patienceMs = 30_000;

describe("nginx with deploy/nginx/weir.conf", {
  skip: isInstalled("nginx") ? false : "nginx is not here",
}, () => {
  const flags = ["--threads", "1", "--parallel", "1", "--trust-proxy", "127.0.0.1", "--log-level", "debug"];
  let machines: [WeirProcess, WeirProcess];
  let ports: [number, number];
  let nginx: Nginx;
  let client: ProxiedClient;
  before(async () => {
    machines = [new WeirProcess(...flags), new WeirProcess(...flags)];
    ports = [portOf(await machines[0].ready()), portOf(await machines[1].ready())];
    nginx = await Nginx.start(ports);
    client = new ProxiedClient(nginx);
  });
  after(async () => {
    client.close();
    await Promise.all([nginx.end(), ...machines.map((machine) => machine.end("SIGKILL"))]);
  });

  function portOf(banner: string): number {
    return Number(/127\.0\.0\.1:(\d+)/.exec(banner)?.[1]);
  }

  /** The lines of the log that a request has left on the machine that it came to, when this one is among them. */
  async function linesOf(
    requestId: string,
    last = "request",
  ): Promise<{ readonly machine: number; readonly lines: string[] }> {
    const deadline = performance.now() + patienceMs;
    for (;;) {
      if (performance.now() > deadline) throw new Error(`no machine has logged ${last} of ${requestId}`);
      const logs = machines.map(({ stderr }) =>
        stderr.split("\n").filter((line) => line.includes(requestId)),
      );
      const machine = logs.findIndex((lines) => lines.some((line) => line.includes(`"msg":"${last}"`)));
      if (machine >= 0) return { machine, lines: logs[machine] ?? [] };
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  test("passes a stream on piece by piece, and the client's leaving too", async () => {
    const words = "one two three four five six seven eight nine ten ".repeat(40);
    const stream = await client.openChat(words, { stream: true });
    // The first pieces of a long answer; they are here before the answer is complete, or it would not be cut.
    while (!/"content":"[^"]/.test(String((await once(stream, "data"))[0])));
    stream.destroy();
    const { lines } = await linesOf(String(stream.headers["x-request-id"]), "generation");
    assert.match(lines.join("\n"), /"finishReason":"cancelled"/);
  });

  test("takes a body of exactly the largest size, and refuses a byte more as Weir does", async () => {
    const { maxBody } = loadConfig({ flags: {}, environment: {} });
    assert.equal((await client.chat("large", { paddedTo: maxBody })).status, 200);
    const { status, body } = await client.chat("too large", { paddedTo: maxBody + 1 });
    assert.deepEqual([status, JSON.parse(body).error.code], [413, "body_too_large"]);
  });

  test("keeps its connections to the machines", async () => {
    const question = { session: "kept" };
    const { requestId } = await client.chat("one", question);
    const { machine } = await linesOf(requestId);
    const port = ports[machine] ?? 0;
    const before = connectionsTo(port);
    for (const word of ["two", "three", "four"]) await client.chat(word, question);
    assert.ok(before > 0);
    assert.equal(connectionsTo(port), before);
  });

  const conversations: readonly Question[] = Array.from({ length: 16 }, (_, index) =>
    index % 2 === 0 ? { session: `session-${index}` } : { key: `sk-${index}` },
  );

  /** Of each conversation. */
  async function machinesOfConversations(): Promise<number[]> {
    const found: number[] = [];
    for (const conversation of conversations) {
      const { requestId } = await client.chat("hello", conversation);
      found.push((await linesOf(requestId)).machine);
    }
    return found;
  }

  test("brings a session, or a key without one, to the same machine each time, and both machines some", async () => {
    const found = await machinesOfConversations();
    assert.deepEqual(await machinesOfConversations(), found);
    assert.deepEqual([...new Set(found)].sort(), [0, 1]);
  });

  test("says who the client is, whatever the client says", async () => {
    const { requestId } = await client.chat("hello", {
      from: "127.0.0.5",
      headers: { "x-forwarded-for": "192.0.2.66" },
    });
    assert.match((await linesOf(requestId)).lines.join("\n"), /"client":"127\.0\.0\.5"/);
  });

  test("leaves to the machines themselves what is about one of them, and sends all to TLS", async () => {
    for (const path of ["/admin/usage", "/metrics", "/slots?fail_on_no_slot=1"])
      assert.equal((await client.get(path)).status, 404);
    assert.equal((await client.get("/health")).status, 200);
    assert.equal(await client.redirection("/v1/models"), "https://127.0.0.1/v1/models");
  });

  test("loses no request when a machine is told to end: those that wait or come go to the other one", async () => {
    const found = await machinesOfConversations();
    const conversation = conversations[found.indexOf(0)] ?? assert.fail("none is on the first machine");
    const statuses: number[] = [];
    let isOver = false;
    const ask = async (): Promise<void> => {
      while (!isOver) {
        const { status } = await client.chat("some words that take a while ".repeat(4), conversation);
        statuses.push(status);
      }
    };
    const answered = async (count: number): Promise<void> => {
      const deadline = performance.now() + patienceMs;
      while (statuses.length < count) {
        if (performance.now() > deadline)
          throw new Error(`only ${statuses.length} of ${count} were answered`);
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    };
    // One has the slot, another one the place behind it; the others wait.
    const users = Array.from({ length: 6 }, ask);
    await answered(12);
    assert.equal(await machines[0].end("SIGTERM"), 0);
    await answered(statuses.length + 12);
    isOver = true;
    await Promise.all(users);
    assert.deepEqual([...new Set(statuses)], [200]);
    assert.match(machines[0].stderr, /"error":"shutting_down"/);
  });

  test("says so in the API's shape when no machine is left", async () => {
    await machines[1].end("SIGTERM");
    const { status, body } = await client.chat("anybody?");
    assert.deepEqual([status, JSON.parse(body).error.type], [503, "server_error"]);
  });
});

test("nginx lets go of a connection before Weir does", () => {
  const { keepAliveTimeout, maxBody } = loadConfig({ flags: {}, environment: {} });
  const site = deployText("nginx/weir.conf");
  assert.ok(Number(/keepalive_timeout (\d+)s;/.exec(site)?.[1]) * 1_000 < keepAliveTimeout);
  assert.equal(Number(/client_max_body_size (\d+);/.exec(site)?.[1]), maxBody);
});
