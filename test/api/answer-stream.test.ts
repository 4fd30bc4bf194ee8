import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { ChoiceStream, StreamOptions } from "#weir/api/openai/answer-stream.js";
import { chatStream } from "#weir/api/openai/chat-stream.js";
import { completionStream } from "#weir/api/openai/completion-stream.js";
import { chatChunk, completionResponse } from "#weir/api/openai/responses.js";
import { errorFrames } from "#weir/api/openai/stream-chunks.js";
import { identity, outcome, preparedPrompt, style, thinking } from "./builders.js";

const hard = 'quote " backslash \\ newline \n 中 🦉 \u2028 \ud800';

const options: StreamOptions = { includeUsage: false, hasLogprobs: false, prompts: [preparedPrompt()] };

/** The one choice of a chat stream whose model thinks. */
function choice(includeUsage = false, of = identity): ChoiceStream {
  const prompts = [preparedPrompt(10, { reasoning: thinking })];
  const [only] = chatStream(of, style, { ...options, includeUsage, prompts }).choices;
  assert.ok(only);
  return only;
}

/** The end of a chat stream. */
function end(includeUsage: boolean): string {
  const stream = chatStream(identity, style, { ...options, includeUsage });
  return stream.end([{ prompt: preparedPrompt(), outcome: outcome() }]);
}

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
    const [first] = chunks(choice().open());
    assert.deepEqual(first?.choices[0]?.delta, { role: "assistant", content: "" });
  });

  test("is what JSON.stringify would write", () => {
    const [payload] = payloads(choice().text(hard));
    const only = { index: 0, delta: { content: hard }, logprobs: null, finish_reason: null };
    const { id, createdSeconds: created, model, fingerprint: system_fingerprint } = identity;
    const object = "chat.completion.chunk";
    const chunk = { id, object, created, model, system_fingerprint, choices: [only] };
    assert.equal(payload, JSON.stringify(chunk));
  });

  test("escapes the model's name", () => {
    const [first] = chunks(choice(false, { ...identity, model: hard }).open());
    assert.equal(first?.model, hard);
  });

  test("sends nothing for a piece that is held back", () => {
    assert.equal(choice().text("<thi"), "");
  });

  test("sends thinking as reasoning_content", () => {
    const [chunk] = chunks(choice().text("<think>so"));
    assert.deepEqual(chunk?.choices[0]?.delta, { reasoning_content: "so" });
  });

  test("sends thinking as reasoning where the server is asked to", () => {
    const prompts = [preparedPrompt(10, { reasoning: thinking })];
    const [stream] = chatStream(
      identity,
      { reasoningFields: ["reasoning"] },
      { ...options, prompts },
    ).choices;
    const [chunk] = chunks(stream?.text("<think>so") ?? "");
    assert.deepEqual(chunk?.choices[0]?.delta, { reasoning: "so" });
  });

  test("sends what was held back before it finishes", () => {
    const stream = choice();
    stream.text("<thi");
    assert.deepEqual(chunks(stream.finish(outcome(), {}))[0]?.choices[0]?.delta, { content: "<thi" });
  });

  test("gives its finish reason in the last chunk only", () => {
    const stream = choice();
    const frames = stream.open() + stream.text("a") + stream.finish(outcome({ finishReason: "length" }), {});
    const reasons = chunks(frames).map((chunk) => chunk.choices[0]?.finish_reason);
    assert.deepEqual(reasons, [null, null, "length"]);
  });

  test("ends with the end mark", () => {
    assert.equal(end(false), "data: [DONE]\n\n");
  });

  test("says nothing about usage unless asked", () => {
    const stream = choice();
    assert.doesNotMatch(stream.open() + stream.finish(outcome(), {}) + end(false), /usage/);
  });

  test("adds a chunk with the usage and no choice where asked", () => {
    const last = chunks(end(true)).at(-1);
    assert.deepEqual(last?.choices, []);
    assert.deepEqual(last?.usage, {
      prompt_tokens: 10,
      completion_tokens: 3,
      total_tokens: 13,
      prompt_tokens_details: { cached_tokens: 4 },
      completion_tokens_details: { reasoning_tokens: 0 },
    });
  });

  test("has a usage of null in the other chunks where asked", () => {
    const stream = choice(true);
    const frames = stream.open() + stream.text("a") + stream.finish(outcome(), {});
    assert.deepEqual(
      chunks(frames).map(({ usage }) => usage),
      [null, null, null],
    );
  });
});

describe("a completion stream", () => {
  test("sends the text as it is", () => {
    const [payload = ""] = payloads(
      completionStream(identity, options, {}).choices[0]?.text("<think>a") ?? "",
    );
    assert.equal(completionResponse.parse(JSON.parse(payload)).choices[0]?.text, "<think>a");
  });

  test("has nothing to say before the first token", () => {
    assert.equal(completionStream(identity, options, {}).open(), "");
  });
});

test("an error in a stream is an event before the end mark", () => {
  const error = {
    error: { message: "m", type: "server_error", param: null, code: "engine_failed" },
  } as const;
  assert.equal(errorFrames(error), `data: ${JSON.stringify(error)}\n\ndata: [DONE]\n\n`);
});
