import assert from "node:assert/strict";
import { connect } from "node:net";
import { after, afterEach, before, describe, test } from "node:test";
import { type EchoServer, startEcho } from "../support/echo-server.js";
import { chatBody, contentOf, eventually } from "./requests.js";

/** Some thousand steps: nobody waits for the end of it. */
const long = "endless ".repeat(1_500);

describe("a client that leaves", () => {
  let echo: EchoServer;
  before(async () => {
    echo = await startEcho({ load: { slots: 1, contextTokens: 8_192 }, listen: true });
  });
  after(() => echo.close());
  afterEach(() => slotIsIdle());

  function post(departure: AbortController, content: string, fields: object): Promise<Response> {
    return fetch(`${echo.url}/v1/chat/completions`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(chatBody(content, fields)),
      signal: departure.signal,
    });
  }

  const isIn = async (state: string) => (await echo.model.slotTable()).every((slot) => slot.state === state);
  /** At the gate and in the engine. */
  const waiting = async () => {
    const atGate = echo.admission.status(echo.hosted).reduce((sum, lane) => sum + lane.waiting, 0);
    return atGate + (await echo.model.stats()).waiting;
  };
  const slotIsIdle = () => eventually(() => isIn("idle"));

  test("frees its slot while its answer streams", async () => {
    const departure = new AbortController();
    await post(departure, long, { stream: true });
    await eventually(() => isIn("decode"));
    departure.abort();
    await assert.doesNotReject(slotIsIdle());
  });

  test("frees its slot while its whole answer is computed", async () => {
    const departure = new AbortController();
    const answer = post(departure, long, {});
    await eventually(() => isIn("decode"));
    departure.abort();
    await assert.rejects(answer, { name: "AbortError" });
    await assert.doesNotReject(slotIsIdle());
  });

  test("frees its slot while its prompt is computed", async () => {
    const departure = new AbortController();
    await post(departure, `${long} ${long} ${long}`, { stream: true });
    departure.abort();
    await assert.doesNotReject(slotIsIdle());
  });

  test("gives up its place in the queue", async () => {
    const [running, second] = [new AbortController(), new AbortController()];
    // Held on to: fetch ends an answer that nobody refers to any more.
    const answer = await post(running, long, { stream: true });
    const left = post(second, long, { stream: true });
    await eventually(async () => (await echo.model.stats()).waiting === 1);
    second.abort();
    await assert.rejects(left, { name: "AbortError" });
    await eventually(async () => (await echo.model.stats()).waiting === 0);
    assert.equal(await isIn("idle"), false);
    assert.equal(answer.status, 200);
    running.abort();
  });

  test("while its prompt is prepared never reaches the engine", async () => {
    const body = JSON.stringify(chatBody(`${long} ${long} ${long}`));
    const head = `POST /v1/chat/completions HTTP/1.1\r\nhost: weir\r\ncontent-type: application/json\r\nx-request-id: hasty`;
    const socket = connect(Number(new URL(echo.url).port), "127.0.0.1");
    socket.write(`${head}\r\ncontent-length: ${body.length}\r\n\r\n${body}`, () => socket.destroy());
    const lines = () => echo.log.filter(({ requestId, msg }) => requestId === "hasty" && msg !== "request");
    const logged = () => lines().map(({ msg }) => msg);
    await eventually(async () => logged().length > 0);
    assert.deepEqual(logged(), ["client left before its prompt was ready"]);
  });

  test("does not disturb who comes after", async () => {
    const departure = new AbortController();
    await post(departure, long, { stream: true });
    departure.abort();
    assert.equal(await contentOf(echo.app, "still here"), "still here");
  });

  test("gives up everything that it pipelined", async () => {
    const body = JSON.stringify(chatBody(long, { stream: true }));
    const head = "POST /v1/chat/completions HTTP/1.1\r\nhost: weir\r\ncontent-type: application/json";
    const socket = connect(Number(new URL(echo.url).port), "127.0.0.1");
    socket.resume();
    for (let i = 0; i < 4; i++) socket.write(`${head}\r\ncontent-length: ${body.length}\r\n\r\n${body}`);
    await eventually(async () => (await waiting()) === 3);
    socket.destroy();
    await eventually(async () => (await waiting()) === 0);
    await assert.doesNotReject(slotIsIdle());
  });
});
