import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { completionResponse } from "#weir/api/openai/responses.js";
import { type EchoServer, startEcho } from "../support/echo-server.js";
import { chatBothWays } from "./both-ways.js";
import { chatChunks, dataLines } from "./event-text.js";
import { chat, chatBody, postChat } from "./requests.js";

let echo: EchoServer;
before(async () => {
  echo = await startEcho({
    load: { contextTokens: 1024, batchTokens: 64, microBatchTokens: 64 },
    app: { fingerprint: "weir-1.2.3" },
  });
});
after(() => echo.close());

describe("return_progress", () => {
  async function progressOf(content: string, fields: object = {}) {
    const body = chatBody(content, { stream: true, return_progress: true, max_tokens: 2, ...fields });
    const chunks = chatChunks((await postChat(echo.app, body)).body);
    return {
      chunks,
      progress: chunks.flatMap(({ prompt_progress }) => prompt_progress ?? []),
    };
  }

  test("tells of a prompt of several parts after each of them", async () => {
    const { progress } = await progressOf(`first ${"word ".repeat(300)}`);
    assert.ok(progress.length >= 3, `${progress.length} parts`);
    const processed = progress.map((each) => each.processed);
    assert.deepEqual(
      processed,
      processed.toSorted((a, b) => a - b),
    );
    const [first] = progress;
    assert.equal(processed.at(-1), first?.total);
    assert.ok(progress.every(({ total, time_ms }) => total === first?.total && time_ms >= 0));
  });

  test("comes before the first text", async () => {
    const { chunks } = await progressOf(`second ${"word ".repeat(200)}`);
    const lastProgress = chunks.findLastIndex(({ prompt_progress }) => prompt_progress);
    const firstText = chunks.findIndex(({ choices }) => choices[0]?.delta.content);
    assert.ok(lastProgress >= 0 && (firstText === -1 || lastProgress < firstText));
  });

  test("tells what was found in the cache", async () => {
    const content = `third ${"word ".repeat(200)}`;
    await progressOf(content);
    const { progress } = await progressOf(content);
    assert.ok((progress[0]?.cache ?? 0) > 150);
    assert.ok((progress[0]?.processed ?? 0) >= (progress[0]?.cache ?? 0));
  });

  test("says nothing unless asked, and nothing in an answer that is no stream", async () => {
    const { progress } = await progressOf("fourth", { return_progress: false });
    assert.deepEqual(progress, []);
    assert.ok(
      !JSON.stringify(await chat(echo.app, "fourth", { return_progress: true })).includes("progress"),
    );
  });

  test("has chunks like all others, the usage among them", async () => {
    const { chunks } = await progressOf("fifth", { stream_options: { include_usage: true } });
    assert.ok(chunks.slice(0, -1).every(({ usage }) => usage === null));
  });

  test("is there for completions too", async () => {
    const { body } = await echo.app.inject({
      method: "POST",
      url: "/v1/completions",
      payload: { prompt: "word ".repeat(200), stream: true, return_progress: true, max_tokens: 1 },
    });
    const chunks = dataLines(body).map((chunk) => completionResponse.parse(chunk));
    assert.ok(chunks.some(({ prompt_progress }) => prompt_progress?.processed === prompt_progress?.total));
  });
});

describe("timings", () => {
  test("count what was cached, computed and written", async () => {
    const { timings, usage } = await chat(echo.app, "one two three");
    assert.ok(timings);
    assert.equal(timings.cache_n + timings.prompt_n, usage.prompt_tokens);
    assert.equal(timings.cache_n, usage.prompt_tokens_details.cached_tokens);
    assert.equal(timings.predicted_n, usage.completion_tokens);
    assert.ok(timings.prompt_ms >= 0 && timings.predicted_ms >= 0);
  });

  test("come in a stream's last choice, and only there", async () => {
    const { body } = await postChat(echo.app, chatBody("one two", { stream: true }));
    const withTimings = chatChunks(body).filter(({ timings }) => timings);
    assert.deepEqual(
      withTimings.map(({ choices }) => choices[0]?.finish_reason),
      ["stop"],
    );
  });
});

describe("warnings", () => {
  /** Nothing holds a grammar to a format that nobody knows. */
  const schema = { type: "object", properties: { a: { type: "string", format: "a-format-of-our-own" } } };

  test("tell what a schema asks for and no grammar holds, streamed and not", async () => {
    const { warnings } = await chatBothWays(
      echo.app,
      chatBody('¶{"a": "x"}■', { response_format: { type: "json_object", schema } }),
    );
    assert.equal(warnings?.length, 1);
    assert.match(warnings?.[0] ?? "", /format/);
  });

  test("are not there where there is nothing to tell", async () => {
    assert.ok(!("warnings" in (await chat(echo.app, "hi"))));
  });
});

test("every response and every chunk says which build answered, from which file", async () => {
  const { system_fingerprint: told } = await chat(echo.app, "hi");
  assert.match(told, /^weir-1\.2\.3-[0-9a-f]{8}$/);
  const { body } = await postChat(echo.app, chatBody("hi", { stream: true }));
  assert.deepEqual([...new Set(chatChunks(body).map((chunk) => chunk.system_fingerprint))], [told]);
});
