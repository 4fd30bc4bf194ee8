import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ChatStream, CompletionStream } from "#weir/api/openai/answer-stream.js";
import { chatChunk, completionResponse } from "#weir/api/openai/responses.js";
import { errorFrames } from "#weir/api/openai/stream-chunks.js";
import { identity, outcome, thinking } from "./builders.js";

const hard = 'quote " backslash \\ newline \n 中 🦉 \u2028 \ud800';

function chunks(frames: string) {
  return payloads(frames).map((payload) => chatChunk.parse(JSON.parse(payload)));
}

/** The data of each event; the end mark left out. */
function payloads(frames: string): string[] {
  const events = frames.split("\n\n").slice(0, -1);
  return events.map((event) => event.replace(/^data: /, "")).filter((payload) => payload !== "[DONE]");
}

describe("a chat stream", () => {
  test("opens with the role and empty content", () => {
    const [first] = chunks(new ChatStream(identity, false, null).open());
    assert.deepEqual(first?.choices[0]?.delta, { role: "assistant", content: "" });
  });

  test("is what JSON.stringify would write", () => {
    const [payload] = payloads(new ChatStream(identity, false, null).text(hard));
    const choice = { index: 0, delta: { content: hard }, logprobs: null, finish_reason: null };
    const { id, createdSeconds: created, model } = identity;
    const chunk = { id, object: "chat.completion.chunk", created, model, choices: [choice] };
    assert.equal(payload, JSON.stringify(chunk));
  });

  test("escapes the model's name", () => {
    const [first] = chunks(new ChatStream({ ...identity, model: hard }, false, null).open());
    assert.equal(first?.model, hard);
  });

  test("sends nothing for a piece that is held back", () => {
    assert.equal(new ChatStream(identity, false, thinking).text("<thi"), "");
  });

  test("sends thinking as reasoning_content", () => {
    const [chunk] = chunks(new ChatStream(identity, false, thinking).text("<think>so"));
    assert.deepEqual(chunk?.choices[0]?.delta, { reasoning_content: "so" });
  });

  test("sends what was held back before it finishes", () => {
    const stream = new ChatStream(identity, false, thinking);
    stream.text("<thi");
    assert.deepEqual(chunks(stream.finish(outcome()))[0]?.choices[0]?.delta, { content: "<thi" });
  });

  test("gives its finish reason in the last chunk only", () => {
    const stream = new ChatStream(identity, false, null);
    const frames = stream.open() + stream.text("a") + stream.finish(outcome({ finishReason: "length" }));
    const reasons = chunks(frames).map((chunk) => chunk.choices[0]?.finish_reason);
    assert.deepEqual(reasons, [null, null, "length"]);
  });

  test("ends with the end mark", () => {
    const stream = new ChatStream(identity, false, null);
    assert.match(stream.finish(outcome()), /\n\ndata: \[DONE\]\n\n$/);
  });

  test("says nothing about usage unless asked", () => {
    const stream = new ChatStream(identity, false, null);
    assert.doesNotMatch(stream.open() + stream.finish(outcome()), /usage/);
  });

  test("adds a chunk with the usage and no choice where asked", () => {
    const last = chunks(new ChatStream(identity, true, null).finish(outcome())).at(-1);
    assert.deepEqual(last?.choices, []);
    assert.deepEqual(last?.usage, {
      prompt_tokens: 10,
      completion_tokens: 3,
      total_tokens: 13,
      prompt_tokens_details: { cached_tokens: 4 },
    });
  });

  test("has a usage of null in the other chunks where asked", () => {
    const stream = new ChatStream(identity, true, null);
    const usages = chunks(stream.open() + stream.text("a") + stream.finish(outcome())).map(
      ({ usage }) => usage,
    );
    assert.deepEqual(usages.slice(0, -1), [null, null, null]);
  });
});

describe("a completion stream", () => {
  test("sends the text as it is", () => {
    const [payload = ""] = payloads(new CompletionStream(identity, false).text("<think>a"));
    assert.equal(completionResponse.parse(JSON.parse(payload)).choices[0]?.text, "<think>a");
  });

  test("has nothing to say before the first token", () => {
    assert.equal(new CompletionStream(identity, false).open(), "");
  });
});

test("an error in a stream is an event before the end mark", () => {
  const error = {
    error: { message: "m", type: "server_error", param: null, code: "engine_failed" },
  } as const;
  assert.equal(errorFrames(error), `data: ${JSON.stringify(error)}\n\ndata: [DONE]\n\n`);
});
