import assert from "node:assert/strict";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { queueReport } from "#weir/api/openai/admin-reports.js";
import { eventually } from "../http/requests.js";
import { chatText, getText } from "../support/raw-client.js";
import { BadDayServer, crowdOf } from "./bad-day-server.js";
import { slowReader } from "./clients.js";

let folder = "";
before(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "weir-badday-"));
});
after(() => fs.rmSync(folder, { recursive: true }));

async function stream(url: string, content: string): Promise<string> {
  const response = await fetch(`${url}/v1/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ model: "echo", stream: true, messages: [{ role: "user", content }] }),
  });
  return response.text();
}

function contentOf(answer: string): string {
  return [...answer.matchAll(/"content":"(.*?)"/g)].map(([, text]) => text).join("");
}

test("SIGHUP again and again disturbs nobody who is served, and what it changes holds", async (context) => {
  const file = path.join(folder, "weir.yaml");
  const write = (round: number): void => {
    const settings = {
      listen: "[127.0.0.1:0]",
      parallel: 4,
      alias: `[echo, round-${round}]`,
      "log-level": round % 2 === 0 ? "info" : "warn",
      "queue-size": 64 + round,
      "queue-timeout": `${30 + round}s`,
      "max-connections": 100 + round,
      "keep-alive-timeout": "1s",
    };
    fs.writeFileSync(
      file,
      Object.entries(settings)
        .map(([key, value]) => `${key}: ${value}\n`)
        .join(""),
    );
  };
  write(0);
  const server = await BadDayServer.start("--config", file);
  context.after(() => server.weir.end("SIGKILL"));
  const atRest = await server.footprint();

  let isOver = false;
  const clients = Array.from({ length: 12 }, async (_, index) => {
    const answers: string[] = [];
    while (!isOver) answers.push(await stream(server.url, `client ${index} `.repeat(20)));
    return answers;
  });
  for (let round = 1; round <= 20; round++) {
    write(round);
    server.weir.signal("SIGHUP");
    await eventually(async () => (await fetch(`${server.url}/v1/models/round-${round}`)).ok, 20_000);
  }
  isOver = true;
  const queue = queueReport.parse(await (await fetch(`${server.url}/admin/queue`)).json());
  const sizes = queue.data.flatMap(({ lanes }) => lanes.map(({ queue_size }) => queue_size));
  assert.deepEqual(sizes, [64 + 20]);
  const metrics = await (await fetch(`${server.url}/metrics`)).text();
  assert.match(metrics, /^weir_connections_limit 120$/m);
  for (const [index, answers] of (await Promise.all(clients)).entries()) {
    assert.ok(answers.length > 0);
    for (const answer of answers) {
      assert.match(answer, /"finish_reason":"stop"[\s\S]*data: \[DONE\]\n\n$/);
      assert.equal(contentOf(answer), `client ${index} `.repeat(20));
    }
  }
  await server.isAsBefore(atRest);
});

test("SIGTERM under load ends with 0, and every client is told how its request ended", async () => {
  const server = await BadDayServer.start(
    ...["--parallel", "2", "--alias", "echo", "--log-level", "warn"],
    ...["--request-timeout", "2s", "--headers-timeout", "1s", "--idle-timeout", "2s"],
  );
  const { url } = server;
  const long = chatText("some words ".repeat(60), { stream: true });
  const asking = [
    ...(await crowdOf(12, url, long)),
    ...(await crowdOf(12, url, chatText("some words ".repeat(60)))),
    // Their second request comes at the worst moment.
    ...(await crowdOf(4, url, `${long}${getText("/health")}`)),
  ];
  await server.holds({ open: 28, busySlots: 2 });
  const silent = [
    ...(await crowdOf(8, url, "")),
    ...(await crowdOf(8, url, "GET /health HTTP/1.1\r\nho")),
    ...(await crowdOf(8, url, chatText("half").slice(0, -10))),
  ];
  const reader = await slowReader(url, getText("/openapi.json").repeat(300));
  assert.equal(await server.weir.end("SIGTERM"), 0);

  const endings = { whole: 0, refused: 0 };
  for (const client of asking) {
    const reply = await client.all();
    if (/"finish_reason":"stop"/.test(reply)) endings.whole++;
    else if (/^HTTP\/1\.1 503 [\s\S]*"code":"shutting_down"/.test(reply)) endings.refused++;
    else assert.fail(reply);
  }
  assert.ok(endings.whole >= 2 && endings.refused >= 20, JSON.stringify(endings));
  for (const client of silent) await client.all();
  reader.destroy();
});
