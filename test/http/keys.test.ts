import assert from "node:assert/strict";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import OpenAI from "openai";
import { queueReport, slotReport, usageReport } from "#weir/api/openai/admin-reports.js";
import { keyEntry } from "#weir/keys/key-entry.js";
import { addKey, removeKey } from "#weir/keys/key-file.js";
import { KeyRing } from "#weir/keys/key-ring.js";
import { hashOf } from "#weir/keys/key-secret.js";
import { type EchoServer, startEcho } from "../support/echo-server.js";
import { chatBody, errorOf, eventually } from "./requests.js";

const folder = fs.mkdtempSync(path.join(os.tmpdir(), "weir-keys-"));
after(() => fs.rmSync(folder, { recursive: true }));

/** Some hundred steps. */
const long = "endless ".repeat(300);

/** A keys file in which each key's secret is its name. */
async function keysFile(keys: Readonly<Record<string, object>>): Promise<string> {
  const file = path.join(fs.mkdtempSync(path.join(folder, "file-")), "keys.yaml");
  for (const [name, fields] of Object.entries(keys)) {
    await addKey(file, keyEntry.parse({ name, hash: hashOf(name), ...fields }));
  }
  return file;
}

async function startWithKeys(keys: Readonly<Record<string, object>>, slots = 2) {
  const ring = new KeyRing();
  const file = await keysFile(keys);
  ring.reload([], file);
  const echo = await startEcho({ keys: ring, load: { slots, contextTokens: 1_024 }, listen: true });
  return { echo, ring, file };
}

function ask(echo: EchoServer, key: string, fields: object = {}, content = "hi") {
  const headers = { authorization: `Bearer ${key}` };
  const payload = chatBody(content, fields);
  return echo.app.inject({ method: "POST", url: "/v1/chat/completions", headers, payload });
}

function getAs(echo: EchoServer, key: string | null, url: string, headers: Record<string, string> = {}) {
  const own: Record<string, string> = key === null ? {} : { authorization: `Bearer ${key}` };
  return echo.app.inject({ url, headers: { ...own, ...headers } });
}

/** Requests that have places or wait for them. */
function here({ admission, hosted }: EchoServer): number {
  return admission.status(hosted).reduce((sum, { busy, waiting }) => sum + busy + waiting, 0);
}

describe("a key with limits", () => {
  let echo: EchoServer;
  before(async () => {
    const keys = {
      few: { limits: { "requests-per-minute": 2 } },
      short: { limits: { "tokens-per-minute": 60 } },
      narrow: { limits: { concurrency: 1 } },
      free: {},
    };
    ({ echo } = await startWithKeys(keys));
  });
  after(() => echo.close());

  test("is refused beyond its requests, in OpenAI's words, and told when to come back", async () => {
    const first = await ask(echo, "few");
    assert.deepEqual(
      ["limit", "remaining", "reset"].map((word) => first.headers[`x-ratelimit-${word}-requests`]),
      ["2", "1", "1m1s"],
    );
    await ask(echo, "few");
    const third = await ask(echo, "few");
    assert.equal(third.statusCode, 429);
    const { code, type, message } = errorOf(third);
    assert.deepEqual([code, type], ["rate_limit_exceeded", "requests"]);
    assert.match(message, /limit is 2 requests a minute: 2 are used/);
    assert.equal(third.headers["x-ratelimit-remaining-requests"], "0");
    assert.ok(Number(third.headers["retry-after"]) > 50);
  });

  test("is a RateLimitError for OpenAI's client", async () => {
    const client = new OpenAI({ baseURL: `${echo.url}/v1`, apiKey: "few", maxRetries: 0 });
    const messages = [{ role: "user" as const, content: "hi" }];
    await assert.rejects(client.chat.completions.create({ model: "echo", messages }), OpenAI.RateLimitError);
  });

  test("is refused beyond its tokens", async () => {
    const [first, second] = [await ask(echo, "short", { max_tokens: 8 }, long), await ask(echo, "short")];
    assert.equal(first.statusCode, 200);
    assert.deepEqual([second.statusCode, errorOf(second).type], [429, "tokens"]);
    assert.equal(second.headers["x-ratelimit-remaining-tokens"], "0");
  });

  test("is refused beyond its concurrency, and not when an answer has ended", async () => {
    const running = ask(echo, "narrow", {}, long);
    await eventually(async () => echo.admission.status(echo.hosted).some(({ busy }) => busy > 0));
    const second = await ask(echo, "narrow");
    assert.deepEqual([second.statusCode, errorOf(second).code], [429, "concurrency_limit"]);
    await running;
    assert.equal((await ask(echo, "narrow")).statusCode, 200);
  });

  test("has its headers on a stream too", async () => {
    const response = await ask(echo, "narrow", { stream: true });
    assert.equal(response.headers["x-ratelimit-limit-requests"], undefined);
    const limited = await ask(echo, "short", { stream: true });
    assert.equal(limited.headers["x-ratelimit-limit-tokens"], "60");
  });

  test("does not touch a key without limits", async () => {
    for (let i = 0; i < 5; i++) {
      const response = await ask(echo, "free");
      assert.equal(response.statusCode, 200);
      assert.equal(response.headers["x-ratelimit-limit-requests"], undefined);
    }
  });
});

test("a key of a higher priority passes those that wait, whenever they came", async (context) => {
  const keys = { holder: {}, low: { priority: "low" }, normal: {}, high: { priority: "high" } };
  const { echo } = await startWithKeys(keys, 1);
  context.after(() => echo.close());
  const [{ places = 0 } = {}] = echo.admission.load(echo.hosted);
  const holders = Array.from({ length: places }, () => ask(echo, "holder", {}, long));
  await eventually(async () => here(echo) === places);
  const order: string[] = [];
  const waiting: Promise<unknown>[] = [];
  for (const key of ["low", "normal", "high"]) {
    waiting.push(ask(echo, key, { max_tokens: 1 }).then(() => order.push(key)));
    await eventually(async () => here(echo) === places + waiting.length);
  }
  await Promise.all([...holders, ...waiting]);
  assert.deepEqual(order, ["high", "normal", "low"]);
});

describe("a keys file that changes", () => {
  test("counts when it is read again, also for limits", async () => {
    const { echo, ring, file } = await startWithKeys({ one: {}, two: {} });
    await removeKey(file, "two");
    await removeKey(file, "one");
    const changed = { name: "one", hash: hashOf("one"), limits: { "requests-per-minute": 1 } };
    await addKey(file, keyEntry.parse(changed));
    assert.equal((await ask(echo, "two")).statusCode, 200);
    assert.equal((await ask(echo, "one")).statusCode, 200);
    ring.reload([], file);
    assert.deepEqual([(await ask(echo, "two")).statusCode, (await ask(echo, "one")).statusCode], [401, 429]);
    await echo.close();
  });
});

describe("a key that is revoked", () => {
  test("lets what runs end, and what waits not begin", async (context) => {
    const { echo, ring, file } = await startWithKeys({ gone: {}, other: {} });
    context.after(() => echo.close());
    const answers: ReturnType<typeof ask>[] = [];
    // Four places; one of either key waits.
    for (const [index, key] of ["gone", "gone", "gone", "gone", "gone", "other"].entries()) {
      answers.push(ask(echo, key, {}, long));
      await eventually(async () => here(echo) === index + 1);
    }
    await removeKey(file, "gone");
    ring.reload([], file);
    const codes = (await Promise.all(answers)).map(({ statusCode }) => statusCode);
    assert.deepEqual(codes, [200, 200, 200, 200, 401, 200]);
    const open = echo.admission.usage().map(([, usage]) => usage.open);
    assert.deepEqual([open, here(echo)], [[0, 0], 0]);
  });
});

describe("GET /admin", () => {
  let echo: EchoServer;
  before(async () => {
    const limits = { "tokens-per-day": 1_000_000 };
    ({ echo } = await startWithKeys({
      root: { admin: true },
      user: { weight: 2, priority: "high", limits },
    }));
  });
  after(() => echo.close());

  for (const url of ["/admin/usage", "/admin/queue", "/admin/slots"]) {
    test(`${url} needs an admin key`, async () => {
      const codes = [null, "wrong", "user", "root"].map(
        async (key) => (await getAs(echo, key, url)).statusCode,
      );
      assert.deepEqual(await Promise.all(codes), [401, 401, 403, 200]);
    });
  }

  test("/admin/usage has what each key was served", async () => {
    const { usage } = (await ask(echo, "user", { max_tokens: 3 })).json();
    await ask(echo, "user", { n: 2 });
    await getAs(echo, "user", "/v1/models");
    const report = usageReport.parse((await getAs(echo, "root", "/admin/usage")).json());
    const [user] = report.data.filter(({ key }) => key === "user");
    assert.ok(user !== undefined && user.total_tokens > usage.total_tokens);
    assert.deepEqual(
      [user.requests, user.open, user.weight, user.priority, user.limits?.tokens_per_day],
      [2, 0, 2, "high", 1_000_000],
    );
    assert.equal(user.last_minute.tokens, user.total_tokens);
    assert.ok(user.cached_tokens <= user.prompt_tokens);
  });

  test("/admin/usage counts what was refused", async () => {
    await ask(echo, "user", { max_tokens: 10_000 });
    const wrong = await echo.app.inject({
      method: "POST",
      url: "/v1/chat/completions",
      headers: { authorization: "Bearer user", "x-request-timeout": "soon" },
      payload: chatBody("hi"),
    });
    assert.equal(wrong.statusCode, 400);
    const report = usageReport.parse((await getAs(echo, "root", "/admin/usage")).json());
    assert.deepEqual(report.data.find(({ key }) => key === "user")?.refused, {});
  });

  test("/admin/queue has who runs", async () => {
    const running = ask(echo, "user", {}, long);
    await eventually(async () =>
      echo.admission.status(echo.hosted).some(({ busy, prepared }) => busy > prepared),
    );
    const report = queueReport.parse((await getAs(echo, "root", "/admin/queue")).json());
    await running;
    const lane = report.data[0]?.lanes.find(({ lane }) => lane === "answers");
    assert.deepEqual([lane?.places, lane?.busy, lane?.waiting], [4, 1, 0]);
    assert.deepEqual(lane?.keys, [{ key: "user", running: 1, prepared: 0, waiting: 0, longest_wait_ms: 0 }]);
  });

  test("/admin/slots has whose answer runs and how far it is, and nothing of its text", async () => {
    const running = ask(echo, "user", {}, long);
    await eventually(async () => (await echo.model.slotTable()).some(({ state }) => state === "decode"));
    const { body } = await getAs(echo, "root", "/admin/slots");
    const { usage } = (await running).json();
    const slots = slotReport.parse(JSON.parse(body)).data[0]?.slots ?? [];
    assert.equal(slots.length, 2);
    const [slot] = slots.filter(({ request }) => request !== null);
    assert.deepEqual([slot?.state, slot?.request?.key], ["decode", "user"]);
    assert.equal(slot?.request?.prompt_tokens, usage.prompt_tokens);
    // What was sampled last is in no cache yet.
    const { prompt_tokens = 0, completion_tokens = 0, age_ms = -1 } = slot?.request ?? {};
    assert.equal(slot?.held_tokens, prompt_tokens + completion_tokens - 1);
    assert.ok(age_ms >= 0);
    for (const word of long.split(" ")) assert.ok(word === "" || !body.includes(word), word);
    const after = slotReport.parse((await getAs(echo, "root", "/admin/slots")).json());
    assert.ok(after.data[0]?.slots.every(({ request }) => request === null));
  });

  test("says nothing of a key's hash, and neither does the log", async () => {
    const texts = [(await getAs(echo, "root", "/admin/usage")).body, JSON.stringify(echo.log)];
    for (const text of texts) assert.ok(!text.includes("sha256") && !text.includes(hashOf("user").slice(7)));
    assert.doesNotMatch(JSON.stringify(echo.log), /Bearer/);
  });
});

describe("GET /admin without any key", () => {
  let echo: EchoServer;
  before(async () => {
    echo = await startEcho();
  });
  after(() => echo.close());

  test("is answered to this machine", async () => {
    for (const remoteAddress of ["127.0.0.1", "127.1.2.3", "::1", "::ffff:127.0.0.1"]) {
      const response = await echo.app.inject({ url: "/admin/queue", remoteAddress });
      assert.equal(response.statusCode, 200, remoteAddress);
    }
  });

  test("is answered to nobody else, and to no proxy on this machine", async () => {
    for (const remoteAddress of ["10.0.0.1", "::ffff:10.0.0.1", "fe80::1", "12.7.0.1"]) {
      const response = await echo.app.inject({ url: "/admin/queue", remoteAddress });
      assert.deepEqual([response.statusCode, errorOf(response).code], [403, "admin_only"], remoteAddress);
    }
    for (const header of ["x-forwarded-for", "forwarded", "via", "x-real-ip"])
      assert.equal(
        (await getAs(echo, null, "/admin/queue", { [header]: "1.2.3.4" })).statusCode,
        403,
        header,
      );
  });
});

describe("GET /admin without any key, over TCP", () => {
  test("is not answered for a name that was made to lead here", async () => {
    const echo = await startEcho();
    const statusFor = async (host: string) =>
      (await echo.app.inject({ url: "/admin/queue", headers: { host } })).statusCode;
    for (const host of ["localhost:18789", "127.0.0.1", "[::1]:18789"])
      assert.equal(await statusFor(host), 200, host);
    for (const host of ["rebound.example.org", "10.0.0.1:80", "localhost.example.org"])
      assert.equal(await statusFor(host), 403, host);
    await echo.close();
  });
});

describe("an address that is not this machine's alone", () => {
  for (const [adminAccess, status] of [
    ["loopback", 403],
    ["everywhere", 200],
  ] as const) {
    test(`has /admin for an admin key where admin-access is ${adminAccess}: ${status}`, async (context) => {
      const ring = new KeyRing();
      ring.reload([], await keysFile({ root: { admin: true }, user: {} }));
      const echo = await startEcho({ keys: ring, app: { adminAccess }, listen: true });
      context.after(() => echo.close());
      echo.app.server.prependListener("connection", (socket) =>
        Object.defineProperty(socket, "localAddress", { value: "192.0.2.1" }),
      );
      const statusOf = async (key: string, path: string) =>
        (await fetch(`${echo.url}${path}`, { headers: { authorization: `Bearer ${key}` } })).status;
      assert.equal(await statusOf("root", "/admin/queue"), status);
      assert.equal(await statusOf("user", "/admin/queue"), 403);
      assert.equal(await statusOf("user", "/v1/models"), 200);
    });
  }
});
