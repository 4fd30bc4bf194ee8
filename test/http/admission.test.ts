import assert from "node:assert/strict";
import { after, afterEach, before, describe, test } from "node:test";
import { type AdmissionOptions, defaultAdmission } from "#weir/server/admission-options.js";
import { type EchoServer, startEcho } from "../support/echo-server.js";
import { chat, chatBody, errorOf, eventually, postChat } from "./requests.js";

/** Some thousand steps: nobody waits for the end of it. */
const long = "endless ".repeat(1_500);
/** What one slot's gate lets in: it, and two that are prepared for it. */
const places = 3;

/** An echo server of one slot. */
function startNarrow(options: Partial<AdmissionOptions>): Promise<EchoServer> {
  const load = { slots: 1, contextTokens: 8_192 };
  return startEcho({ load, admission: { ...defaultAdmission, ...options }, listen: true });
}

/** Requests that hold every place until they are aborted. */
class Crowd {
  readonly #departure = new AbortController();
  readonly #echo: EchoServer;
  #answers: Promise<unknown>[] = [];

  constructor(echo: EchoServer) {
    this.#echo = echo;
  }

  async come(number: number, headers: Record<string, string> = {}): Promise<void> {
    const before = this.#here();
    for (let i = 0; i < number; i++) this.#answers.push(this.#post(headers).catch(() => null));
    await eventually(async () => this.#here() === before + number);
  }

  async leave(): Promise<void> {
    this.#departure.abort();
    await Promise.all(this.#answers);
    await eventually(async () => this.#here() === 0);
  }

  #here(): number {
    return queueOf(this.#echo).busy + queueOf(this.#echo).waiting;
  }

  async #post(headers: Record<string, string>): Promise<unknown> {
    const response = await fetch(`${this.#echo.url}/v1/chat/completions`, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: JSON.stringify(chatBody(long)),
      signal: this.#departure.signal,
    });
    return response.text();
  }
}

function queueOf({ admission, hosted }: EchoServer) {
  return (
    admission.status(hosted).find(({ lane }) => lane === "answers") ?? {
      busy: 0,
      waiting: 0,
      waitingTokens: 0,
    }
  );
}

function postWith(echo: EchoServer, headers: Record<string, string>) {
  return echo.app.inject({
    method: "POST",
    url: "/v1/chat/completions",
    headers,
    payload: chatBody("hi"),
  });
}

describe("a full queue", () => {
  let echo: EchoServer;
  let crowd: Crowd;
  before(async () => {
    echo = await startNarrow({ queueSize: 1 });
    crowd = new Crowd(echo);
    await crowd.come(places + 1);
  });
  after(async () => {
    await crowd.leave();
    await echo.close();
  });

  test("refuses a chat with 429, and says when to come back", async () => {
    const response = await postChat(echo.app, chatBody("hi"));
    assert.equal(response.statusCode, 429);
    assert.equal(errorOf(response).code, "queue_full");
    assert.equal(errorOf(response).type, "server_error");
    assert.match(errorOf(response).message, /the limits are 1 requests and 1048576 tokens/);
    assert.equal(response.headers["x-should-retry"], "true");
    assert.match(String(response.headers["retry-after"]), /^\d+$/);
    assert.match(String(response.headers["retry-after-ms"]), /^\d+$/);
  });

  test("refuses before the template is rendered", async () => {
    // That it fits no slot is what the pool finds out: without the crowd it is a 400.
    assert.equal((await postChat(echo.app, chatBody("x ".repeat(100_000)))).statusCode, 429);
  });

  test("refuses before the body is read", async () => {
    const response = await echo.app.inject({
      method: "POST",
      url: "/v1/chat/completions",
      headers: { "content-type": "application/json" },
      payload: "{ no JSON",
    });
    assert.equal(response.statusCode, 429);
  });

  test("does not keep anybody from tokenizing", async () => {
    const response = await echo.app.inject({ method: "POST", url: "/tokenize", payload: { content: "a" } });
    assert.equal(response.statusCode, 200);
  });
});

describe("a queue with room", () => {
  let echo: EchoServer;
  let crowd: Crowd;
  before(async () => {
    echo = await startNarrow({ queueTimeoutMs: 300 });
  });
  after(() => echo.close());
  afterEach(() => crowd.leave());

  test("answers with 504 past the deadline", async () => {
    crowd = new Crowd(echo);
    await crowd.come(places);
    const response = await postChat(echo.app, chatBody("hi"));
    assert.equal(response.statusCode, 504);
    assert.equal(errorOf(response).code, "queue_timeout");
    assert.match(errorOf(response).message, /waited 0\.3 s for its turn/);
  });

  for (const stream of [false, true]) {
    test(`answers a ${stream ? "stream" : "chat"} that was let in with 504 too, where it gets no slot in time`, async () => {
      crowd = new Crowd(echo);
      await crowd.come(1);
      await eventually(async () => (await echo.model.stats()).running === 1);
      const response = await postChat(echo.app, chatBody("hi", { stream }));
      assert.equal(response.statusCode, 504);
      assert.equal(errorOf(response).code, "queue_timeout");
      assert.match(errorOf(response).message, /waited 0\.3 s for its turn/);
      assert.match(String(response.headers["retry-after"]), /^\d+$/);
      assert.equal(echo.admission.usage()[0]?.[1].open, 1);
    });
  }

  for (const [header, waited] of [
    ["0.05", "0.05 s"],
    ["40ms", "0.04 s"],
    ["1m", "0.3 s"],
  ] as const) {
    test(`lets x-request-timeout: ${header} wait for ${waited}`, async () => {
      crowd = new Crowd(echo);
      await crowd.come(places);
      const response = await postWith(echo, { "x-request-timeout": header });
      assert.ok(errorOf(response).message.includes(`waited ${waited} `), response.body);
    });
  }

  for (const header of ["0", "-1", "soon", "1h", "NaN"]) {
    test(`refuses x-request-timeout: ${header}`, async () => {
      crowd = new Crowd(echo);
      const response = await postWith(echo, { "x-request-timeout": header });
      assert.equal(response.statusCode, 400);
      assert.equal(errorOf(response).param, "x-request-timeout");
    });
  }
});

describe("a queue with room and time", () => {
  let echo: EchoServer;
  let crowd: Crowd;
  before(async () => {
    echo = await startNarrow({});
  });
  after(() => echo.close());
  afterEach(() => crowd.leave());

  test("serves who waited when others leave", async () => {
    crowd = new Crowd(echo);
    await crowd.come(places);
    const answer = chat(echo.app, "my turn");
    await eventually(async () => queueOf(echo).waiting === 1);
    await crowd.leave();
    assert.equal((await answer).choices[0]?.message.content, "my turn");
  });

  test("has the time of the wait in a generation's line", async () => {
    crowd = new Crowd(echo);
    await crowd.come(places);
    const answer = chat(echo.app, "my turn");
    await eventually(async () => queueOf(echo).waiting === 1);
    await new Promise((resolve) => setTimeout(resolve, 50));
    await crowd.leave();
    await answer;
    const line = echo.log.filter(({ msg, finishReason }) => msg === "generation" && finishReason === "stop");
    assert.ok(Number(line.at(-1)?.["queueMs"]) >= 50);
  });
});

test("what has a place and no slot is counted as prepared", async () => {
  const echo = await startNarrow({});
  const crowd = new Crowd(echo);
  await crowd.come(places + 1);
  const [lane] = echo.admission.status(echo.hosted);
  await eventually(async () => (await echo.model.stats()).running === 1);
  const { busy, prepared, waiting, flows } =
    echo.admission.status(echo.hosted)[0] ?? assert.fail(String(lane));
  assert.deepEqual([busy, prepared, waiting], [places, places - 1, 1]);
  assert.deepEqual([flows[0]?.running, flows[0]?.prepared, flows[0]?.waiting], [1, places - 1, 1]);
  await crowd.leave();
  assert.equal(echo.admission.status(echo.hosted)[0]?.prepared, 0);
  await echo.close();
});

describe("a client that leaves while it waits", () => {
  let echo: EchoServer;
  before(async () => {
    echo = await startNarrow({});
  });
  after(() => echo.close());

  test("frees its place in the queue at once, and nothing of it is rendered", async () => {
    const [running, waiting] = [new Crowd(echo), new Crowd(echo)];
    await running.come(places);
    await waiting.come(4, { "x-request-id": "hasty" });
    assert.deepEqual([queueOf(echo).busy, queueOf(echo).waiting], [places, 4]);
    const left = waiting.leave();
    await eventually(async () => queueOf(echo).waiting === 0);
    assert.deepEqual([queueOf(echo).busy, queueOf(echo).waitingTokens], [places, 0]);
    await running.leave();
    await left;
    const lines = echo.log.filter(({ requestId, msg }) => requestId === "hasty" && msg !== "request");
    assert.deepEqual(
      lines.map(({ msg }) => msg),
      Array(4).fill("client left before its turn"),
    );
  });
});

describe("a server that goes away", () => {
  test("tells those that have no slot, prepared or not, and finishes those that run", async () => {
    const echo = await startNarrow({});
    const runs = postChat(echo.app, chatBody("one two three ".repeat(200)));
    await eventually(async () => (await echo.model.stats()).running === 1);
    const others = Array.from({ length: places }, (_, index) =>
      postChat(echo.app, chatBody("hi", { stream: index % 2 === 0 })),
    );
    await eventually(async () => queueOf(echo).waiting === 1);
    echo.models.drain();
    const closed = echo.app.close();
    for (const refused of await Promise.all(others)) {
      assert.deepEqual([refused.statusCode, errorOf(refused).code], [503, "shutting_down"]);
      assert.equal(refused.headers["retry-after"], "5");
    }
    assert.equal((await runs).statusCode, 200);
    await closed;
    await echo.close();
  });
});

describe("after all kinds of requests", () => {
  test("every place is free", async () => {
    const echo = await startNarrow({ queueSize: 4, queueTimeoutMs: 200 });
    const crowd = new Crowd(echo);
    const answers = Array.from({ length: 40 }, (_, i) => {
      const kind = i % 5;
      if (kind === 0) return postChat(echo.app, chatBody("hi", { stream: true }));
      if (kind === 1) return postChat(echo.app, chatBody("x".repeat(90_000)));
      if (kind === 2) return postChat(echo.app, chatBody("hi", { logit_bias: { "999999": 1 } }));
      if (kind === 3) return postChat(echo.app, chatBody("hi", { max_tokens: 3 }));
      return echo.app.inject({ method: "POST", url: "/tokenize", payload: { content: "a" } });
    });
    await crowd.come(0);
    const codes = new Set((await Promise.all(answers)).map(({ statusCode }) => statusCode));
    for (const code of codes) assert.ok([200, 400, 429, 504].includes(code), String(code));
    assert.ok(codes.has(200) && codes.has(400) && codes.has(429), [...codes].join());
    await eventually(async () =>
      echo.admission.status(echo.hosted).every(({ busy, waiting }) => busy + waiting === 0),
    );
    await crowd.leave();
    await echo.close();
  });
});
